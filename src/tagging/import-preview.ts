import { Injectable } from '@nestjs/common';
import { withCommonVariants } from '../core/common-variants';
import { inferRules } from '../core/infer-rules';
import type { RepositoryName } from '../core/names';
import { type Resolution, resolveTags } from '../core/resolve';
import type { RepositoryRules } from '../core/rules';
import { readerOf } from '../core/version';
import { KnownRepositoryStore } from '../history/known-repository.store';
import { ImageRegistry } from '../registry/image-registry';
import { Clock } from '../runtime/clock';
import { LedgerReader } from './ledger-reader';

export interface ImportReport extends Resolution {
  readonly repository: RepositoryName;
  /** Whether it has been taken over already. */
  readonly imported: boolean;
  readonly tags: number;
  /** Tags that look like versions at all. */
  readonly versions: number;
  /** Tags that are releases by the configured rules. */
  readonly fitting: number;
  /** What the tags themselves suggest. */
  readonly suggestion: {
    readonly rules: RepositoryRules;
    readonly versions: number;
    readonly fitting: number;
  };
}

/** What taking a repository over would mean: reads its tags, writes nothing anywhere. */
@Injectable()
export class ImportPreview {
  constructor(
    private readonly ledger: LedgerReader,
    private readonly repositories: KnownRepositoryStore,
    private readonly registry: ImageRegistry,
    private readonly clock: Clock,
  ) {}

  /**
   * Lists the tags of a repository, says how many fit its rules and which rules would fit better,
   * and where its present moving tags disagree. Throws `repository-unknown` and what the registry
   * throws.
   */
  async preview(repository: RepositoryName): Promise<ImportReport> {
    const rules = this.ledger.rulesOf(repository);
    const [known, names] = await Promise.all([
      this.repositories.find(repository),
      this.registry.listTags(repository),
    ]);
    const tags = await Promise.all(
      names.map(async (tag) => {
        const manifest = await this.registry.findManifest(repository, tag);
        return { tag, digest: manifest?.digest };
      }),
    );
    const inferred = inferRules(names);
    const suggestion = { ...inferred, rules: withCommonVariants(inferred.rules) };
    const reader = readerOf(rules);
    const resolution = resolveTags({ tags, holds: [], rules, now: this.clock.now() });
    return {
      ...{ repository, imported: known?.isImported ?? false, tags: names.length },
      versions: suggestion.versions,
      fitting: names.filter((tag) => reader.read(tag).kind === 'version').length,
      suggestion,
      ...resolution,
    };
  }
}
