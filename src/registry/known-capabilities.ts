import { Logger } from '@nestjs/common';
import { z } from 'zod';
import type { Capability, RegistryCapabilities } from '../core/capabilities';
import type { CapabilityMemory, ProvenRegistry } from '../runtime/capability-memory';
import type { Clock } from '../runtime/clock';

/** After it a finding has to be proven again: servers get upgraded. */
const TTL_MS = 24 * 3_600_000;
/** What is switched off somebody may be switching on right now. */
const DISABLED_TTL_MS = 5 * 60_000;

const DeleteWord = z.enum(['works', 'unsupported', 'own-api', 'disabled']);
/** Only what a server shows of itself is kept: `denied` is about an account, `unproven` is nothing. */
const WORDS = {
  multiTag: z.enum(['works', 'unsupported']),
  tagDelete: DeleteWord,
  digestDelete: DeleteWord,
  tagDeleteLeavesOthers: z.enum(['works', 'takes-others']),
  referrers: z.enum(['works', 'unsupported']),
  paging: z.enum(['whole', 'link', 'last']),
} as const;

const Findings = z.object({
  multiTag: WORDS.multiTag.optional().catch(undefined),
  tagDelete: WORDS.tagDelete.optional().catch(undefined),
  digestDelete: WORDS.digestDelete.optional().catch(undefined),
  tagDeleteLeavesOthers: WORDS.tagDeleteLeavesOthers.optional().catch(undefined),
  referrers: WORDS.referrers.optional().catch(undefined),
  paging: WORDS.paging.optional().catch(undefined),
});
type Findings = z.infer<typeof Findings>;
type Word<Name extends Capability> = NonNullable<Findings[Name]>;

/** What one registry server has shown that it can do: known over restarts, for a day. */
export class KnownCapabilities {
  private readonly logger = new Logger(KnownCapabilities.name);
  private loading: Promise<void> | undefined;
  private known: Findings = {};
  private readonly provenAt = new Map<Capability, number>();

  constructor(
    private readonly registry: ProvenRegistry,
    private readonly memory: CapabilityMemory,
    private readonly clock: Clock,
  ) {}

  /** Everything that is known; asks the registry nothing. */
  async all(): Promise<RegistryCapabilities> {
    await this.load();
    const now = this.clock.now();
    const stale = Array.from(this.provenAt).flatMap(([capability, at]) =>
      now - at < ttlOf(this.known[capability]) ? [] : [capability],
    );
    for (const capability of stale) this.doubt(capability);
    const { multiTag, tagDelete, digestDelete, tagDeleteLeavesOthers, referrers, paging } =
      this.known;
    return {
      multiTag: multiTag ?? 'unproven',
      tagDelete: tagDelete ?? 'unproven',
      digestDelete: digestDelete ?? 'unproven',
      tagDeleteLeavesOthers: tagDeleteLeavesOthers ?? 'unproven',
      referrers: referrers ?? 'unproven',
      paging: paging ?? 'unproven',
    };
  }

  /** Takes in what an answer has shown. What is known already is not written again. */
  async learn<Name extends Capability>(capability: Name, value: Word<Name>): Promise<void> {
    const { [capability]: before } = await this.all();
    if (before === value) return;
    const provenAt = this.clock.now();
    this.known = { ...this.known, [capability]: value };
    this.provenAt.set(capability, provenAt);
    this.memory.remember(this.registry, { capability, value, provenAt }).catch((error: unknown) => {
      // It is known in this process all the same, and the next one finds it out again.
      this.logger.warn({ msg: 'finding was not stored', capability, error: String(error) });
    });
  }

  /** After a surprise: the capability counts as unproven until it is shown again. */
  doubt(capability: Capability): void {
    const { [capability]: _doubted, ...rest } = this.known;
    this.known = rest;
    this.provenAt.delete(capability);
  }

  private load(): Promise<void> {
    this.loading ??= this.recall();
    return this.loading;
  }

  private async recall(): Promise<void> {
    const findings = await this.memory.recall(this.registry).catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    const values = findings.map(({ capability, value }) => [capability, value]);
    this.known = { ...Findings.parse(Object.fromEntries(values)), ...this.known };
    for (const { capability, provenAt } of findings) this.provenAt.set(capability, provenAt);
  }
}

function ttlOf(value: string | undefined): number {
  return value === 'disabled' ? DISABLED_TTL_MS : TTL_MS;
}
