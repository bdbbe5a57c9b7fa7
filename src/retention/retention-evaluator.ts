import { Inject, Injectable } from '@nestjs/common';
import { repositorySettingsFor } from '../config/repository-settings';
import { SETTINGS, type Settings } from '../config/settings';
import { DomainError } from '../core/domain-error';
import { formerTargetsOf } from '../core/former-targets';
import type { InventoryTag, ManifestLinks } from '../core/inventory';
import { isMovingTagShape } from '../core/moving-tags';
import type { Digest, RepositoryName } from '../core/names';
import {
  evaluateRetention,
  type RetentionEvaluation,
  type RetentionInput,
} from '../core/retention';
import { isDeleted } from '../core/retention-decision';
import type { RetentionPolicy } from '../core/retention-policy';
import type { RepositoryRules } from '../core/rules';
import { classifyTag } from '../core/tag-class';
import { EndedLifetimesStore } from '../history/ended-lifetimes.store';
import { ReleaseStore } from '../history/release.store';
import { ImageRegistry } from '../registry/image-registry';
import { InUseStore } from './in-use.store';
import { type InventoryOptions, InventoryTaker } from './inventory-taker';
import { PinStore } from './pin.store';

/** An evaluation with what it was made from. */
export interface FreshEvaluation extends RetentionEvaluation {
  /** Every tag of the repository, Tagward's own included. */
  readonly tags: readonly InventoryTag[];
}

/** What a policy is evaluated on, and the policy, where the repository has one. */
export type GatheredInput = Omit<RetentionInput, 'policy'> & {
  readonly policy: RetentionPolicy | undefined;
};

/** Gathers everything that a policy is evaluated on: the same code for the preview and for the run. */
@Injectable()
export class RetentionEvaluator {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly inventory: InventoryTaker,
    private readonly registry: ImageRegistry,
    private readonly history: EndedLifetimesStore,
    private readonly releases: ReleaseStore,
    private readonly pins: PinStore,
    private readonly inUse: InUseStore,
  ) {}

  /** The policy of a repository; undefined when it has none, and then nothing is ever pruned. */
  findPolicy(repository: RepositoryName): RetentionPolicy | undefined {
    const name = repositorySettingsFor(this.settings, repository)?.retentionPolicy;
    return name === undefined ? undefined : this.settings.retention.policies.get(name);
  }

  /**
   * Evaluates a policy as of a time (UTC milliseconds). Writes nothing. Throws what the registry
   * throws, and `inventory-unreadable`: a protection that cannot be read lets nothing go (P30).
   */
  async evaluate(
    repository: RepositoryName,
    policy: RetentionPolicy,
    now: number,
    lookAt?: InventoryOptions['lookAt'],
  ): Promise<FreshEvaluation> {
    const input = { ...(await this.gather(repository, now, lookAt)), policy };
    const manifests = new Map(input.inventory.manifests);
    const read = new Set<Digest>();
    for (;;) {
      const inventory = { ...input.inventory, manifests };
      const evaluation = evaluateRetention({ ...input, inventory });
      const unread = unreadOf(evaluation, manifests, input.rules).filter(
        ({ digest }) => !read.has(digest),
      );
      if (unread.length === 0) return { ...evaluation, tags: inventory.tags };
      for (const { digest } of unread) read.add(digest);
      for (const [digest, links] of await this.readAll(repository, unread))
        manifests.set(digest, links);
    }
  }

  rulesOf(repository: RepositoryName): RepositoryRules {
    const settings = repositorySettingsFor(this.settings, repository);
    if (settings !== undefined) return settings.rules;
    throw new DomainError('repository-unknown', `the configuration no longer names ${repository}`);
  }

  /** Everything that is known about a repository. Throws as {@link evaluate} does. */
  async gather(
    repository: RepositoryName,
    now: number,
    lookAt?: InventoryOptions['lookAt'],
  ): Promise<GatheredInput> {
    const policy = this.findPolicy(repository);
    const rules = this.rulesOf(repository);
    const [pins, inUse] = await Promise.all([
      this.pins.list(repository, now),
      this.inUse.list(repository),
    ]);
    const roots = new Set([
      ...inUse.flatMap(({ digests }) => digests),
      ...pins.flatMap(({ target }) => (target.kind === 'digest' ? [target.digest] : [])),
    ]);
    const [inventory, capabilities, releases, past] = await Promise.all([
      this.inventory.take(repository, { roots, lookAt }),
      this.registry.probeDeletion(repository),
      this.releases.list(repository, rules),
      this.history.list(repository),
    ]);
    const moving = past.filter(({ tag }) => isMovingTagShape(tag, rules));
    const current = new Map(inventory.tags.map(({ tag, digest }) => [tag, digest]));
    return {
      ...{ policy, rules, releases, inventory, capabilities, pins, inUse, now },
      formerTargets: formerTargetsOf(moving, current),
      tagsEverSeen: past.map(({ tag }) => tag),
      ledgerTagCount: inventory.ledgerTagCount,
    };
  }

  private async readAll(
    repository: RepositoryName,
    unread: readonly Unread[],
  ): Promise<readonly (readonly [Digest, ManifestLinks])[]> {
    const links = unread.map(async ({ digest, mayBeAbsent }) => {
      if (mayBeAbsent && (await this.registry.findManifest(repository, digest)) === undefined)
        return [];
      return [[digest, await this.inventory.readLinks(repository, digest)] as const];
    });
    return (await Promise.all(links)).flat();
  }
}

interface Unread {
  readonly digest: Digest;
  readonly mayBeAbsent: boolean;
}

/**
 * What has to be read before tags may go: their own manifests, which may have a subject, and
 * subjects that no tag reaches and that may be there all the same. What stays needs no reading.
 */
function unreadOf(
  { decisions }: RetentionEvaluation,
  manifests: ReadonlyMap<Digest, ManifestLinks>,
  rules: RepositoryRules,
): readonly Unread[] {
  return decisions.filter(isDeleted).flatMap(({ tag, digest }) => {
    const tagClass = classifyTag(tag, rules);
    const named = tagClass.kind === 'dependant' ? tagClass.subject : undefined;
    const subject = named ?? manifests.get(digest)?.subject;
    const own = manifests.has(digest) ? [] : [{ digest, mayBeAbsent: false }];
    const others =
      subject === undefined || manifests.has(subject)
        ? []
        : [{ digest: subject, mayBeAbsent: true }];
    return [...own, ...others];
  });
}
