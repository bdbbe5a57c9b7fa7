import 'reflect-metadata';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createApp } from '../src/app';
import { SimulatedClock } from '../src/runtime/clock';
import { DemoClient } from './demo/client';
import { writeConfiguration } from './demo/configuration';
import { deleteEverything, playReleases, prune, showLanes, SLUG, type Stage } from './demo/play';
import { CHAPTERS, REPOSITORY } from './demo/story';
import { startDemoRegistry } from './registries';

const PORT = 8080;

async function demo(once: boolean): Promise<void> {
  console.log('» starting a real registry');
  const registry = await startDemoRegistry({ deletes: true });
  await refuseToOverwrite(registry.url);
  const port = await freePort();
  const configuration = writeConfiguration(registry.url, port);
  const clock = new SimulatedClock(Date.parse(CHAPTERS[0]?.at ?? ''));
  const app = await createApp(configuration.settings, { clock });
  await app.listen(port, '127.0.0.1');
  const url = `http://localhost:${port}`;
  console.log(`» Tagward is on ${url}, the registry (${registry.version}) on ${registry.url}`);
  const stage = { registryUrl: registry.url, client: new DemoClient(url, configuration), clock };

  async function end(status: number): Promise<never> {
    await app.close();
    await registry.stop();
    rmSync(configuration.folder, { recursive: true, force: true });
    process.exit(status);
  }
  process.once('SIGINT', () => void end(0)).once('SIGTERM', () => void end(0));

  const faults = await play(stage);
  if (once) faults.push(...(await deleteEverything(app)));
  printCalls(url, configuration.opsToken, once);
  if (faults.length > 0) {
    console.error(`\nThe demo went wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    await end(1);
  }
  if (once) await end(0);
  console.log('\nThis is demo data. Tagward stays up until Ctrl-C.');
}

async function play(stage: Stage): Promise<string[]> {
  return [...(await playReleases(stage)), ...(await showLanes(stage)), ...(await prune(stage))];
}

/** The demo empties its repository at the end: it must not be somebody's. */
async function refuseToOverwrite(registryUrl: string): Promise<void> {
  const answer = await fetch(`${registryUrl}/v2/${REPOSITORY}/tags/list`);
  const text = await answer.text();
  if (!answer.ok || !/"tags":\s*\[\s*"/.test(text)) return;
  throw new Error(
    `${registryUrl} has tags in ${REPOSITORY}, which the demo would delete: use another registry`,
  );
}

function printCalls(url: string, token: string, once: boolean): void {
  const api = `${url}/api/v1/repositories/${SLUG}`;
  const calls = [
    `curl -s ${api}/tags`,
    `curl -s ${api}/tags/latest/history`,
    `curl -s '${api}/tags/2/at?time=2026-09-15T00:00:00Z'`,
    `curl -s '${api}/timeline?from=2026-07-01T00:00:00Z&to=2026-11-01T00:00:00Z'`,
    `curl -s ${url}/api/v1/deliveries`,
    `curl -s -X POST -H 'Authorization: Bearer ${once ? '…' : token}' ${api}/retention-plans`,
  ];
  const title = once ? 'What to ask a demo that stays up' : 'Ask it yourself';
  console.log(`\n${title}:\n${calls.map((call) => `  ${call}`).join('\n')}`);
}

/** 8080 where it is free, so that the calls in the README work; else any. */
async function freePort(): Promise<number> {
  return (await tryPort(PORT)) ?? (await tryPort(0)) ?? PORT;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => {
        resolve(taken);
      });
    });
  });
}

demo(process.argv.includes('--once')).catch((error: unknown) => {
  console.error(`✗ ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
