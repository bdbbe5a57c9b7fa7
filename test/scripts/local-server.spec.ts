import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalServer } from '../../scripts/local-server';

const SERVER = `
  const { createServer } = require('node:http');
  createServer((_, response) => response.end('here')).listen(Number(process.argv[1]), '127.0.0.1');
`;

function serve(port: number): readonly string[] {
  return [process.execPath, '-e', SERVER, String(port)];
}

describe(startLocalServer.name, () => {
  it('answers when the server takes connections', async () => {
    const { url, stop } = await startLocalServer('test', serve);

    expect(await (await fetch(url)).text()).toBe('here');
    await stop();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('tries another port when the program ends before it listens', async () => {
    const ports: number[] = [];

    const { url, stop } = await startLocalServer('test', (port) => {
      ports.push(port);
      return ports.length < 3 ? ['false'] : serve(port);
    });

    expect(url).toBe(`http://127.0.0.1:${String(ports.at(-1))}`);
    expect(ports).toHaveLength(3);
    await stop();
  });

  it('gives up with the last words of the program, and removes its folders', async () => {
    const folders: string[] = [];
    const starting = startLocalServer('test', (_port, folder) => {
      folders.push(folder);
      writeFileSync(join(folder, 'words'), 'no such setting');
      return ['sh', '-c', `cat ${join(folder, 'words')} >&2; exit 1`];
    });

    await expect(starting).rejects.toThrow('test did not start: no such setting');
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
    expect(folders).not.toHaveLength(0);
  });

  it('gives the program its folder', async () => {
    let file = '';
    const { stop } = await startLocalServer('test', (port, folder) => {
      file = join(folder, 'port');
      writeFileSync(file, String(port));
      return serve(port);
    });

    expect(readFileSync(file, 'utf8')).toMatch(/^\d+$/);
    await stop();
    expect(existsSync(file)).toBe(false);
  });
});
