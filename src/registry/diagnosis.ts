import { randomBytes } from 'node:crypto';
import type { RegistryCapabilities } from '../core/capabilities';
import type { DeletionCapabilities, DeleteSupport } from '../core/deletion';
import type { Check } from '../core/diagnosis';
import { parseDigest } from '../core/names';
import { type Answer, headerOf } from './answer';
import { probeDeletion } from './deletions';
import { listReferrers } from './referrers';
import { resolveUrl } from './redirects';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';
import { listTags } from './tag-listing';

/** More than this and tokens end early or begin late. */
const SKEW_MS = 30_000;
const NO_REPOSITORY = 'no repository of this registry is known yet; name one';

/**
 * Looks at one registry and says what it can do, whether the credential suffices, and what to
 * change. Leaves nothing behind: an upload is begun and cancelled, and names that nobody has are
 * deleted. Never throws what a registry does wrong: that is a check that failed.
 */
export async function diagnose(
  transport: RegistryTransport,
  path: string | undefined,
  now: () => number,
): Promise<readonly Check[]> {
  const reached = await checkReach(transport, now);
  const reaches = reached.every(({ status }) => status !== 'fail');
  if (!reaches) return reached;
  const account = path === undefined ? noRepository() : await checkAccount(transport, path);
  return [...reached, ...account, ...describeCapabilities(await transport.capabilities.all())];
}

async function checkReach(
  transport: RegistryTransport,
  now: () => number,
): Promise<readonly Check[]> {
  const { url, skipVerify, id } = transport.registry;
  try {
    const answer = await transport.retrying(() => transport.ping());
    if (answer.status !== 200 && answer.status !== 401) throw transport.statusError(answer);
    const reach: Check = { name: 'reach', status: 'ok', text: `${url.origin} answers` };
    return [reach, ...checkSkew(answer, now()), ...(skipVerify ? [unverified(id)] : [])];
  } catch (error) {
    return [failed('reach', error, `check registries.${id}.url and that the registry runs`)];
  }
}

function checkSkew(answer: Answer, now: number): readonly Check[] {
  const theirs = Date.parse(headerOf(answer, 'date') ?? '');
  if (Number.isNaN(theirs)) return [];
  const skew = Math.round((now - theirs) / 1_000);
  if (Math.abs(now - theirs) <= SKEW_MS) {
    return [{ name: 'clock', status: 'ok', text: 'its clock and this one agree' }];
  }
  const text = `this clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} the registry's`;
  return [{ name: 'clock', status: 'warn', text, fix: 'let NTP set both clocks' }];
}

function unverified(id: string): Check {
  const text = 'any certificate is taken: whoever stands in between can read along';
  const fix = `name the CA in registries.${id}.caFile and drop registries.${id}.insecure`;
  return { name: 'certificate', status: 'warn', text, fix };
}

function noRepository(): readonly Check[] {
  return ['pull', 'push', 'delete'].map((name) => ({
    ...{ name, status: 'unknown', text: NO_REPOSITORY },
  }));
}

async function checkAccount(transport: RegistryTransport, path: string): Promise<readonly Check[]> {
  return [
    await checkPull(transport, path),
    await checkPush(transport, path),
    await checkDelete(transport, path),
  ];
}

async function checkPull(transport: RegistryTransport, path: string): Promise<Check> {
  try {
    const tags = await listTags(transport, path);
    await listReferrers(transport, path, randomDigest());
    return { name: 'pull', status: 'ok', text: `may read ${path}: ${tags.length} tags` };
  } catch (error) {
    return failed('pull', error, accountFix(transport, `pull from ${path}`));
  }
}

/** The upload of a blob that never comes: begun, which needs the right to push, and cancelled. */
async function checkPush(transport: RegistryTransport, path: string): Promise<Check> {
  const cap = { bytes: transport.tuning.maxErrorBytes, over: 'cut' } as const;
  const access = { path, action: 'push' } as const;
  try {
    const url = transport.urlOf(path, 'blobs/uploads/');
    const begun = await transport.retrying(() =>
      transport.request({ method: 'POST', url, access, cap }),
    );
    if (begun.status !== 202) throw transport.statusError(begun);
    const upload = resolveUrl(headerOf(begun, 'location') ?? '', url);
    if (upload?.origin === url.origin) {
      // Whether it may be cancelled is the registry's affair: it drops uploads by itself.
      await transport.request({ method: 'DELETE', url: upload, access, cap });
    }
    return { name: 'push', status: 'ok', text: `may write to ${path}` };
  } catch (error) {
    return failed('push', error, accountFix(transport, `push to ${path}`));
  }
}

async function checkDelete(transport: RegistryTransport, path: string): Promise<Check> {
  try {
    const found = await probeDeletion(transport, path);
    const provider = transport.registry.provider?.kind;
    return describeDeletion(transport, { ...found, provider: provider !== undefined });
  } catch (error) {
    return failed('delete', error, accountFix(transport, `delete in ${path}`));
  }
}

function describeDeletion(transport: RegistryTransport, capabilities: DeletionCapabilities): Check {
  const name = 'delete';
  const { tagDelete, digestDelete, provider } = capabilities;
  if (tagDelete === 'works') return { name, status: 'ok', text: 'single tags can be deleted' };
  if (provider) {
    return { name, status: 'ok', text: "single tags are deleted through the product's own API" };
  }
  const { id } = transport.registry;
  if (tagDelete === 'own-api') {
    const text = 'this product deletes single tags only through its own API';
    return { name, status: 'warn', text, fix: `name it in registries.${id}.provider` };
  }
  if (digestDelete === 'works') {
    const text = 'digests can be deleted; single tags go by a dummy that is put on them first';
    return { name, status: 'ok', text };
  }
  const fix = DELETE_FIXES[digestDelete];
  const text = `nothing can be deleted (tags: ${tagDelete}, digests: ${digestDelete}); moving tags works all the same`;
  return { name, status: 'warn', text, fix: fix(id) };
}

const DELETE_FIXES: Readonly<Record<Exclude<DeleteSupport, 'works'>, (id: string) => string>> = {
  disabled: () => 'switch deletes on there (Distribution: storage.delete.enabled: true)',
  denied: (id) => `give the account of registries.${id}.auth the right to delete`,
  unsupported: (id) => `if the product has an API for it, name it in registries.${id}.provider`,
  'own-api': (id) => `name the product in registries.${id}.provider`,
  unproven: () => 'ask again once the repository has an image',
};

function describeCapabilities({
  multiTag,
  referrers,
  paging,
}: RegistryCapabilities): readonly Check[] {
  const known: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ['several-tags', multiTag, MULTI_TAG],
    ['referrers', referrers, REFERRERS],
    ['listing', paging, PAGING],
  ];
  return known.map(([name, word, texts]) => ({
    name,
    status: word === 'unproven' ? 'unknown' : 'ok',
    text: texts[word] ?? word,
  }));
}

const MULTI_TAG = {
  works: 'several tags are put in one request',
  unsupported: 'each tag is put by a request of its own',
  unproven: 'shows itself at the first release with three moving tags or more',
};
const REFERRERS = {
  works: 'has the referrers API',
  unsupported: 'has no referrers API: signatures are found by their tags',
  unproven: 'shows itself when referrers are asked for',
};
const PAGING = {
  whole: 'lists all tags at once',
  link: 'lists tags in pages with Link',
  last: 'lists tags in pages without Link',
  unproven: 'shows itself in a repository with more than a page of tags',
};

function failed(name: string, error: unknown, fix: string): Check {
  if (!(error instanceof RegistryError)) throw error;
  return { name, status: 'fail', text: error.message, fix };
}

function accountFix({ registry: { id } }: RegistryTransport, right: string): string {
  return `give the account of registries.${id}.auth the right to ${right}`;
}

function randomDigest(): ReturnType<typeof parseDigest> {
  return parseDigest(`sha256:${randomBytes(32).toString('hex')}`);
}
