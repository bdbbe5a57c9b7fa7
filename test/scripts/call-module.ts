import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/**
 * Calls exported functions of a plain module in a Node of its own, one after the other, and answers
 * what they return: jest loads no ES modules.
 */
export async function callModule(
  file: string,
  ...calls: readonly [name: string, ...args: unknown[]][]
): Promise<unknown[]> {
  const url = pathToFileURL(join(__dirname, '../../scripts', file)).href;
  const program = `
    const module = await import(${JSON.stringify(url)});
    const results = ${JSON.stringify(calls)}.map(([name, ...args]) => module[name](...args) ?? null);
    console.log(JSON.stringify(results));`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
  return JSON.parse(stdout) as unknown[];
}
