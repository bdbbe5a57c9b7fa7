import { Injectable } from '@nestjs/common';
import { describeUnproven } from '../core/deletion';
import { DomainError } from '../core/domain-error';
import type { Digest, TagName } from '../core/names';
import { ImageRegistry, type Manifest } from '../registry/image-registry';
import type { DummyStep, PlannedDeletion } from './deletion-steps';
import { runPaced } from './paced';
import { RestoreTags } from './restore-tags';
import { RetentionLedger } from './retention-ledger';
import type { RunContext } from './run-context';
import { restoreSiblings } from './siblings';

/**
 * Deletes tags where the registry deletes digests only: they are pointed at a manifest made for
 * it, and that is deleted (registries.md 4.5). N tags cost N + 1 writes, and what somebody moves
 * in between survives.
 */
@Injectable()
export class DummyDeletion {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly ledger: RetentionLedger,
    private readonly restoreTags: RestoreTags,
  ) {}

  /** Throws the registry's refusal after the tags have been put back; the run ends with it. */
  async execute(step: DummyStep, context: RunContext): Promise<void> {
    if (!(await this.isProven(step.targets, context))) return;
    const { repository, lease } = context;
    const restoreTags = await this.secure(step.targets, context);
    const manifests = await this.readManifests(step.targets, context);
    // The last requests before the tags are overwritten: there is no conditional write (P27).
    const targets = await this.dropMoved(step.targets, context);
    if (targets.length === 0) return;
    const dummy = this.registry.makeDummy();
    const plan = { dummy: dummy.digest, before: [...manifests.values()] };
    const sequences = await this.ledger.intend(targets, context, plan);
    const tags = targets.map(({ tag }) => tag);
    lease.check();
    // A tag that could not be pointed at the dummy is still there afterwards: that says it all.
    const { failed } = await this.registry.putTags(repository, tags, dummy);
    const before = new Map(targets.map(({ tag, digest }) => [tag, manifestOf(manifests, digest)]));
    const refusal = await this.registry.finishDummy(repository, dummy.digest, before);
    await this.record(targets, sequences, refusal ?? firstOf(failed), context);
    await runPaced([...manifests], manifests.size, async ([digest, manifest]) => {
      const staying = [...(restoreTags.get(digest) ?? []), ...(step.siblings.get(digest) ?? [])];
      await restoreSiblings(this.registry, repository, tags, { tags: staying, manifest });
      return 'go-on';
    });
    if (refusal !== undefined) throw refusal;
  }

  private async dropMoved(
    targets: readonly PlannedDeletion[],
    context: RunContext,
  ): Promise<readonly PlannedDeletion[]> {
    const found = await this.lookAt(targets, context);
    const moved = targets.filter(({ tag, digest }) => found.get(tag) !== digest);
    for (const { tag, digest } of moved) {
      const text = `skipped: ${tag} does not point at ${digest} any more`;
      await this.ledger.skip([tag], { code: 'moved', text }, context);
    }
    return targets.filter((target) => !moved.includes(target));
  }

  /** What is known may be a day old, and a digest that stays leaves its tags on junk (P17). */
  private async isProven(
    targets: readonly PlannedDeletion[],
    context: RunContext,
  ): Promise<boolean> {
    const capabilities = await this.registry.probeDeletion(context.repository, { fresh: true });
    const [refusal] = describeUnproven(capabilities);
    if (refusal === undefined) return true;
    await this.ledger.skip(tagsOf(targets), refusal, context);
    return false;
  }

  private async secure(
    targets: readonly PlannedDeletion[],
    context: RunContext,
  ): Promise<ReadonlyMap<Digest, readonly TagName[]>> {
    const digests = new Set(targets.map(({ digest }) => digest));
    const secured = Array.from(digests, async (digest) => {
      const tag = await this.restoreTags.secure(digest, context);
      return [digest, tag === undefined ? [] : [tag]] as const;
    });
    return new Map(await Promise.all(secured));
  }

  private async readManifests(
    targets: readonly PlannedDeletion[],
    { repository }: RunContext,
  ): Promise<ReadonlyMap<Digest, Manifest>> {
    const digests = new Set(targets.map(({ digest }) => digest));
    const read = await Promise.all(
      Array.from(digests, (digest) => this.registry.getManifest(repository, digest)),
    );
    return new Map(read.map((manifest) => [manifest.digest, manifest]));
  }

  /** The registry says what became of each tag, whatever it answered before. */
  private async record(
    targets: readonly PlannedDeletion[],
    sequences: ReadonlyMap<string, number>,
    fault: Error | undefined,
    context: RunContext,
  ): Promise<void> {
    const found = await this.lookAt(targets, context);
    const pruned = targets.filter(({ tag }) => found.get(tag) === undefined);
    const standing = targets.filter(({ tag, digest }) => found.get(tag) === digest);
    const moved = targets.filter(
      (target) => !pruned.includes(target) && !standing.includes(target),
    );
    await this.ledger.recordPruned(tagsOf(pruned), sequences, context);
    if (standing.length > 0) {
      const text = fault?.message ?? 'the registry did not take the dummy';
      const reason = { code: 'refused', text };
      await this.ledger.recordUndone(tagsOf(standing), sequences, 'refused', reason, context);
    }
    if (moved.length > 0) {
      const reason = { code: 'moved', text: 'skipped: moved while it was being deleted' };
      await this.ledger.recordUndone(tagsOf(moved), sequences, 'skipped', reason, context);
    }
  }

  private async lookAt(
    targets: readonly PlannedDeletion[],
    { repository }: RunContext,
  ): Promise<ReadonlyMap<TagName, Digest | undefined>> {
    const looks = targets.map(async ({ tag }) => {
      const manifest = await this.registry.findManifest(repository, tag);
      return [tag, manifest?.digest] as const;
    });
    return new Map(await Promise.all(looks));
  }
}

function tagsOf(targets: readonly PlannedDeletion[]): readonly TagName[] {
  return targets.map(({ tag }) => tag);
}

function firstOf(faults: ReadonlyMap<TagName, Error>): Error | undefined {
  const [first] = faults.values();
  return first;
}

function manifestOf(manifests: ReadonlyMap<Digest, Manifest>, digest: Digest): Manifest {
  const manifest = manifests.get(digest);
  if (manifest !== undefined) return manifest;
  throw new DomainError('internal', `the manifest ${digest} was not read`);
}
