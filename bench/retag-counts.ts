import { z } from 'zod';
import { Child } from './child';
import { releaseTagOf, repositoryOf, type RetagCase } from './retag-cases';
import type { RetagContender, RetagName } from './retag-contenders';
import type { Releases } from './retag-releases';

const Started = z.object({ url: z.string() });
const Counted = z.object({ passed: z.record(z.string(), z.number()) });

/** Requests of one release by method. */
export type RequestCounts = Readonly<Record<string, number>>;

/** A longer way to a registry, which counts what passes. */
export class DelayingProxy {
  private constructor(
    private readonly child: Child,
    readonly url: string,
  ) {}

  /** Half of the added round trip is waited in each direction. */
  static async start(registryUrl: string, roundTripMs: number): Promise<DelayingProxy> {
    const child = new Child('delaying-proxy');
    const { url } = await child.ask({ target: registryUrl, delayMs: roundTripMs / 2 }, Started);
    return new DelayingProxy(child, url);
  }

  /** Requests since the last call. */
  async counts(): Promise<RequestCounts> {
    return (await this.child.ask({ counts: 'since the last time' }, Counted)).passed;
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}

/** One more release for each contender, untimed, and what it asked of the registry. */
export async function countRequests(
  contenders: readonly RetagContender[],
  { proxy, releases }: { readonly proxy: DelayingProxy; readonly releases: Releases },
  { what, patch }: { readonly what: RetagCase; readonly patch: number },
): Promise<ReadonlyMap<RetagName, RequestCounts>> {
  const counts = new Map<RetagName, RequestCounts>();
  for (const contender of contenders) {
    const repository = repositoryOf(contender.id, what);
    const release = releaseTagOf(what, patch);
    await releases.push(repository, release);
    await proxy.counts();
    await contender.retag({ repository, release, tags: what.tags });
    await contender.settle();
    counts.set(contender.id, await proxy.counts());
  }
  return counts;
}

/** `9: 1 GET, 4 HEAD, 4 PUT` */
export function textOfCounts(counts: RequestCounts | undefined): string {
  if (counts === undefined) return '–';
  const parts = Object.entries(counts).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const total = parts.reduce((sum, [, count]) => sum + count, 0);
  return `${total}: ${parts.map(([method, count]) => `${count} ${method}`).join(', ')}`;
}
