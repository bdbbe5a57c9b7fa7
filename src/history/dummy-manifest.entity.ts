import { Column, Entity } from 'typeorm';
import type { Digest } from '../core/names';
import { textColumn } from '../database/columns';

/** What the tags that stand on a dummy had before, so that they can get it back. */
@Entity('dummy_manifests')
export class DummyManifestEntity {
  @Column({ ...textColumn('dummy_digest'), primary: true })
  dummyDigest!: Digest;

  @Column({ ...textColumn('digest'), primary: true })
  digest!: Digest;

  @Column(textColumn('media_type'))
  mediaType!: string;

  /** In base64: manifests are bytes, and text columns hold text on both databases. */
  @Column(textColumn('bytes'))
  bytes!: string;
}
