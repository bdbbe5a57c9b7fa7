import { configPathOf } from '../config/environment';
import { loadSettings } from '../config/load-settings';
import type { Settings } from '../config/settings';
import type { Check } from '../core/diagnosis';
import type { CommandIo } from './command';

/**
 * What the configuration holds, as checks; never a secret. Throws ConfigError with every fault.
 * `file` is read instead of the one that TAGWARD_CONFIG names.
 */
export function checkSettings(file: string | undefined, { env }: CommandIo): readonly Check[] {
  const path = file ?? configPathOf(env);
  const settings = loadSettings({ path, env });
  return [
    { name: 'config', status: 'ok', text: `${path} has no fault` },
    { name: 'database', status: 'ok', text: settings.database.path },
    ...checkRegistries(settings),
    ...checkRepositories(settings),
    counted('sources', sourcesOf(settings)),
    counted(
      'tokens',
      settings.tokens.map(({ name, scopes }) => `${name} (${scopes.join(' ')})`),
    ),
    ...checkReach(settings),
  ];
}

function checkReach({ tokens, anonymous }: Settings): readonly Check[] {
  const limited = tokens.filter(({ reach }) => reach !== 'all').map(({ name }) => name);
  if (limited.length === 0 || anonymous === 'none') return [];
  const text = `${limited.join(', ')} may read less than anybody without a token`;
  return [{ name: 'anonymous', status: 'warn', text, fix: 'set anonymous: none' }];
}

function checkRegistries({ registries }: Settings): readonly Check[] {
  const all = [...registries.values()];
  const text = all.map(({ id, url }) => `${id} (${url.origin}${url.pathname.replace(/\/$/, '')})`);
  const unverified = all.filter(({ skipVerify }) => skipVerify);
  return [
    needed('registries', text, 'name one under registries'),
    ...unverified.map(({ id }): Check => ({
      ...{ name: 'certificate', status: 'warn' },
      text: `any certificate of ${id} is taken: whoever stands in between can read along`,
      fix: `name the CA in registries.${id}.caFile and drop registries.${id}.insecure`,
    })),
  ];
}

function checkRepositories({ repositories }: Settings): readonly Check[] {
  const patterns = repositories.map(({ match }) => match);
  const fix = 'name a pattern under repositories: what matches none is left alone';
  return [needed('repositories', patterns, fix)];
}

function sourcesOf({ sources }: Settings): readonly string[] {
  return [...sources.values()].map(({ id, kind }) => `${id} (${kind})`);
}

/** Without one of these there is nothing to do. */
function needed(name: string, items: readonly string[], fix: string): Check {
  return items.length === 0 ? { name, status: 'warn', text: 'none', fix } : counted(name, items);
}

function counted(name: string, items: readonly string[]): Check {
  const text = items.length === 0 ? 'none' : `${items.length}: ${items.join(', ')}`;
  return { name, status: 'ok', text };
}
