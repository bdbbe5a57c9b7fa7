import { Child } from './child';
import { MeasuredService, pushReleases } from './measured-service';
import type { BenchOptions } from './options';
import { describeRegistry, startBenchRegistry } from './registry';
import { rawContender, serviceContender, toolContenders } from './release-contenders';
import { printReleases } from './release-report';
import { runRounds } from './release-rounds';

/** What the repositories hold before the first round. */
const RELEASES_BEFORE = 20;

/** One release with three moving tags, from its announcement until all three are live. */
export async function benchRelease({ quick }: BenchOptions): Promise<void> {
  const running = await startBenchRegistry();
  const { url, storageDir = '' } = running;
  const service = await MeasuredService.start(url);
  const watcher = new Child('tag-watcher');
  const all = [serviceContender(service), rawContender(url), ...toolContenders(url)];
  const contenders = all.filter(({ skipped }) => skipped === undefined);
  try {
    console.log(describeRegistry(running));
    for (const { repository } of contenders) {
      await pushReleases(url, repository, { from: 0, count: RELEASES_BEFORE });
    }
    await service.adopt('gallery/service', '1.0.0');
    const plan = { rounds: quick ? 15 : 100, firstPatch: RELEASES_BEFORE };
    printReleases(all, await runRounds(contenders, { url, storageDir, watcher }, plan));
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()));
    await Promise.all([watcher.stop(), service.remove()]);
    await running.stop();
  }
}
