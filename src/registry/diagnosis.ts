import { randomBytes } from 'node:crypto';
import type { Check } from '../core/diagnosis';
import { type Digest, parseDigest } from '../core/names';
import { type Answer, headerOf, redactedUrl } from './answer';
import { findDeletion } from './deletions';
import { describeCapabilities, describeDeletion, fixOf } from './diagnosis-texts';
import { isHtml, mediaTypeOf } from './media-types';
import { findBlob, probePush } from './push-probe';
import { listReferrers } from './referrers';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';
import { isPassingTrouble } from './status-errors';
import { listTags } from './tag-listing';

/** More than this and tokens end early or begin late. */
const SKEW_MS = 30_000;
const NO_REPOSITORY = 'not tried: no repository of this registry is known yet';
const NO_PULL = 'not tried, since pulling fails';
const NAME_ANOTHER = 'name a repository that has an image';

/**
 * Looks at one registry and says what it can do, whether the credential suffices, and what to
 * change. Changes nothing: see {@link probePush} and {@link findDeletion} for how. Never throws what
 * a registry does wrong: that is a check that failed.
 */
export async function diagnose(
  transport: RegistryTransport,
  path: string | undefined,
  now: () => number,
): Promise<readonly Check[]> {
  const reached = await checkReach(transport, now);
  if (reached.some(({ status }) => status === 'fail')) return reached;
  const account =
    path === undefined
      ? untried(['pull', 'push', 'delete'], NO_REPOSITORY, 'name one')
      : await checkAccount(transport, path);
  return [...reached, ...account, ...describeCapabilities(await transport.capabilities.all())];
}

async function checkReach(
  transport: RegistryTransport,
  now: () => number,
): Promise<readonly Check[]> {
  const { url, skipVerify, id } = transport.registry;
  try {
    const answer = await transport.retrying(() => ping(transport));
    const reach: Check = { name: 'reach', status: 'ok', text: `${url.origin} answers` };
    return [reach, ...checkSkew(answer, now()), ...(skipVerify ? [unverified(id)] : [])];
  } catch (error) {
    return [failed('reach', error, transport, 'reach it')];
  }
}

/** 401 is the answer of a registry that asks for credentials at once. */
async function ping(transport: RegistryTransport): Promise<Answer> {
  const answer = await transport.ping();
  if (isPassingTrouble(answer)) throw transport.statusError(answer);
  const isPage = answer.status === 200 && isHtml(mediaTypeOf(headerOf(answer, 'content-type')));
  if (answer.status === 401 || (answer.status === 200 && !isPage)) return answer;
  const what = isPage ? 'a web page' : String(answer.status);
  const sentence = `${redactedUrl(answer.url)} answers with ${what}, which no registry does.`;
  throw new RegistryError('unexpected-answer', sentence, { status: answer.status });
}

function checkSkew(answer: Answer, now: number): readonly Check[] {
  const theirs = Date.parse(headerOf(answer, 'date') ?? '');
  if (Number.isNaN(theirs)) return [];
  const skew = now - theirs;
  if (Math.abs(skew) <= SKEW_MS) {
    return [{ name: 'clock', status: 'ok', text: "its clock and Tagward's agree" }];
  }
  const seconds = Math.round(Math.abs(skew) / 1_000);
  const text = `Tagward's clock is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the registry's`;
  return [{ name: 'clock', status: 'warn', text, fix: 'let NTP set both clocks' }];
}

function unverified(id: string): Check {
  const text = 'any certificate is taken: whoever stands in between can read along';
  const fix = `name the CA in registries.${id}.caFile and drop registries.${id}.insecure`;
  return { name: 'certificate', status: 'warn', text, fix };
}

async function checkAccount(transport: RegistryTransport, path: string): Promise<readonly Check[]> {
  const { check: pull, blob } = await checkPull(transport, path);
  // The same account would be refused the same way, and some products lock it after a few times.
  if (pull.status === 'fail') return [pull, ...untried(['push', 'delete'], NO_PULL)];
  return [
    pull,
    await checkPush(transport, path, blob),
    await checkDelete(transport, path),
    ...(await checkReferrers(transport, path)),
  ];
}

function untried(names: readonly string[], text: string, fix?: string): readonly Check[] {
  return names.map((name) => ({
    ...{ name, status: 'unknown', text },
    ...(fix === undefined ? {} : { fix }),
  }));
}

interface Pulled {
  readonly check: Check;
  /** One that the repository has; undefined where none was found. */
  readonly blob?: Digest | undefined;
}

async function checkPull(transport: RegistryTransport, path: string): Promise<Pulled> {
  const name = 'pull';
  try {
    const tags = await listTags(transport, path);
    const [first] = tags;
    if (first === undefined) {
      // Some products say the same of a repository that the account may not see.
      const text = `${path} has no tags, or is not there for this account`;
      return { check: { name, status: 'unknown', text, fix: NAME_ANOTHER } };
    }
    const blob = await findBlob(transport, path, first);
    const count = tags.length === 1 ? '1 tag' : `${tags.length} tags`;
    return { check: { name, status: 'ok', text: `may read ${path}: ${count}` }, blob };
  } catch (error) {
    return { check: failed(name, error, transport, `pull from ${path}`) };
  }
}

async function checkPush(
  transport: RegistryTransport,
  path: string,
  blob: Digest | undefined,
): Promise<Check> {
  const name = 'push';
  try {
    const left = (await probePush(transport, path, blob)) === 'left';
    const rest = left ? '; the upload begun for this is left to the registry to drop' : '';
    return { name, status: 'ok', text: `may write to ${path}${rest}` };
  } catch (error) {
    return failed(name, error, transport, `push to ${path}`);
  }
}

async function checkDelete(transport: RegistryTransport, path: string): Promise<Check> {
  try {
    const found = await findDeletion(transport, path, { fresh: true });
    return describeDeletion(transport.registry, found);
  } catch (error) {
    return failed('delete', error, transport, `delete in ${path}`);
  }
}

/** The API shows itself to a question about a digest that nobody has; trouble alone is told here. */
async function checkReferrers(
  transport: RegistryTransport,
  path: string,
): Promise<readonly Check[]> {
  try {
    await listReferrers(transport, path, parseDigest(`sha256:${randomBytes(32).toString('hex')}`));
    return [];
  } catch (error) {
    return [failed('signatures', error, transport, `pull from ${path}`)];
  }
}

function failed(name: string, error: unknown, transport: RegistryTransport, right: string): Check {
  if (!(error instanceof RegistryError)) throw error;
  const fix = fixOf(error.code, transport.registry, right);
  return { name, status: 'fail', text: error.message, fix };
}
