import { Inject, Injectable } from '@nestjs/common';
import { repositorySettingsFor } from '../config/repository-settings';
import { type RepositorySettings, SETTINGS, type Settings } from '../config/settings';
import { DomainError } from '../core/domain-error';
import type { Holds } from '../core/hold';
import type { RepositoryName, TagName } from '../core/names';
import type { Release, Target } from '../core/release';
import type { RepositoryRules } from '../core/rules';
import { type Drift, DriftStore } from '../history/drift.store';
import { KnownRepositoryStore } from '../history/known-repository.store';
import { LifetimeStore, type OpenLifetime } from '../history/lifetime.store';
import { type MoveStanding, MoveStore } from '../history/move.store';
import { ReleaseStore } from '../history/release.store';
import { HoldStore } from './hold.store';

/** What is on record of one repository before it is looked at. */
export interface LedgerView extends MoveStanding {
  readonly repository: RepositoryName;
  readonly rules: RepositoryRules;
  /** Canonical text of the rules: another text means that they have changed. */
  readonly rulesHash: string;
  readonly rulesChanged: boolean;
  /** False until the whole tag list was taken in: then nothing may be decided yet (rule I1). */
  readonly imported: boolean;
  /** Whether moving tags that disagree with the rules follow them all the same (D1, I1). */
  readonly takesOverDrift: boolean;
  readonly releases: readonly Release[];
  readonly drifts: ReadonlyMap<TagName, Drift>;
  /** Holds that have ended since the last look included: their tags follow now. */
  readonly holds: Holds;
}

@Injectable()
export class LedgerReader {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly repositories: KnownRepositoryStore,
    private readonly releases: ReleaseStore,
    private readonly lifetimes: LifetimeStore,
    private readonly drifts: DriftStore,
    private readonly moves: MoveStore,
    private readonly holds: HoldStore,
  ) {}

  /** The rules of a repository. Throws `repository-unknown` when no entry of the configuration matches. */
  rulesOf(repository: RepositoryName): RepositoryRules {
    return this.settingsOf(repository).rules;
  }

  private settingsOf(repository: RepositoryName): RepositorySettings {
    const settings = repositorySettingsFor(this.settings, repository);
    if (settings !== undefined) return settings;
    const sentence = `no entry under "repositories" in the configuration matches ${repository}`;
    throw new DomainError('repository-unknown', sentence);
  }

  async read(repository: RepositoryName): Promise<LedgerView> {
    const { rules, adopt, drift } = this.settingsOf(repository);
    const rulesHash = canonicalText(rules);
    const [known, releases, drifts, standing, holds] = await Promise.all([
      this.repositories.find(repository),
      this.releases.list(repository, rules),
      this.drifts.list(repository),
      this.moves.readStanding(repository),
      this.holds.list(repository),
    ]);
    const rulesBefore = known?.rulesHash ?? null;
    const imported = known?.isImported ?? false;
    return {
      repository,
      rules,
      rulesHash,
      rulesChanged: rulesBefore !== null && rulesBefore !== rulesHash,
      imported,
      takesOverDrift: drift === 'restore' || (!imported && adopt === 'enforce'),
      releases,
      drifts,
      holds,
      ...standing,
    };
  }

  /** Open lifetimes, of the given tags or of all. */
  readLifetimes(
    repository: RepositoryName,
    tags?: ReadonlySet<TagName>,
  ): Promise<ReadonlyMap<TagName, OpenLifetime>> {
    return this.lifetimes.listOpen(repository, tags);
  }
}

/** Where Tagward last knew a tag before somebody else touched it. */
export function recordedTarget(
  tag: TagName,
  drifts: ReadonlyMap<TagName, Drift>,
  lifetimes: ReadonlyMap<TagName, Target>,
): Target | null {
  const drift = drifts.get(tag);
  const target = drift === undefined ? (lifetimes.get(tag) ?? null) : drift.recorded;
  return target && { digest: target.digest, release: target.release };
}

function canonicalText(rules: RepositoryRules): string {
  return JSON.stringify({ ...rules, levels: [...rules.levels].sort() });
}
