import { Column, Entity } from 'typeorm';
import type { Capability } from '../core/capabilities';
import { bigintColumn, textColumn } from './columns';

/** What a registry has shown that it can do. */
@Entity('registry_capabilities')
export class RegistryCapabilityEntity {
  @Column({ ...textColumn('registry'), primary: true })
  registry!: string;

  @Column({ ...textColumn('capability'), primary: true })
  capability!: Capability;

  /** Where the registry answered then. */
  @Column(textColumn('url'))
  url!: string;

  @Column(textColumn('value'))
  value!: string;

  @Column(bigintColumn('proven_at'))
  provenAt!: number;
}
