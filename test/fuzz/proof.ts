import { createHmac } from 'node:crypto';
import { makeKey, type OidcIssuer } from '../support/oidc-issuer';
import { signedHeaders } from '../support/signed-webhook';
import { Random } from '../faults/random';
import type { Headers } from './corpus';
import { type FuzzInput, headerText } from './inputs';
import { AUDIENCE, secretOf } from './scene';

/** What shows who sent a request: a part of the path, headers, or both none. */
interface Proof {
  readonly path: string;
  readonly headers: Headers;
}

const LEGAL_ID = /^[A-Za-z0-9_:-]{1,128}$/;
const NOBODYS_KEY = makeKey('fuzz', 'ES256');

/** Whether a request is of who may send it, so that its body is read. */
export function isAuthentic({ fault, form }: FuzzInput): boolean {
  return fault === 'none' || (fault === 'changed-body' && form !== 'secret');
}

/** The body that is sent: not the one that was signed where that is what is wrong. */
export function sentBody({ fault, body }: FuzzInput): Buffer {
  return fault === 'changed-body' ? Buffer.concat([body, Buffer.from(' ')]) : body;
}

/** The proof that an input comes with; signatures and tokens are of now, whatever the seed. */
export async function proofOf(input: FuzzInput, issuer: OidcIssuer): Promise<Proof> {
  const { kind, form, fault } = input;
  const path = `/webhooks/${kind}`;
  if (fault === 'missing') return { path, headers: {} };
  const secret = secretFor(input);
  if (form === 'urlSecret') return { path: `${path}/${encodeURIComponent(secret)}`, headers: {} };
  return { path, headers: await headersOf(input, secret, issuer) };
}

async function headersOf(input: FuzzInput, secret: string, issuer: OidcIssuer): Promise<Headers> {
  const { kind, form, fault } = input;
  if (form === 'secret') return signatureOf(input, secret);
  if (form === 'oidc') return bearer(fault === 'odd' ? secret : await tokenOf(input, issuer));
  return kind === 'gitlab' ? { 'x-gitlab-token': secret } : bearer(secret);
}

function secretFor({ kind, form, fault, index }: FuzzInput): string {
  if (fault === 'forged') return secretOf(kind, form).replace('the-', 'not-');
  if (fault === 'of-another') return secretOf(kind === 'quay' ? 'alibaba' : 'quay', 'urlSecret');
  if (fault !== 'odd') return secretOf(kind, form);
  const random = new Random(index);
  return random.chance(0.1) ? 'a'.repeat(10_000) : headerText(random).trim();
}

function signatureOf({ kind, headers, body, fault, index }: FuzzInput, secret: string): Headers {
  const sent = headers['webhook-id'] ?? '';
  const id = LEGAL_ID.test(sent) ? sent : `fuzz-${index}`;
  const hex = fault === 'odd' ? secret : createHmac('sha256', secret).update(body).digest('hex');
  if (kind === 'github') return { 'x-hub-signature-256': `sha256=${hex}` };
  if (kind === 'gitea') return { 'x-gitea-signature': hex };
  if (kind === 'forgejo') return { 'x-forgejo-signature': hex };
  const { 'content-type': _, ...signed } = signedHeaders(body, { id, secret: secret || 'none' });
  return fault === 'odd' ? { ...signed, 'webhook-signature': secret } : signed;
}

function tokenOf({ kind, fault }: FuzzInput, issuer: OidcIssuer): Promise<string> {
  return issuer.token({
    claims: {
      aud: fault === 'of-another' ? 'https://another.example.com' : AUDIENCE,
      ...(kind === 'gar' ? { email_verified: true } : {}),
    },
    ...(fault === 'forged' ? { key: NOBODYS_KEY } : {}),
  });
}

function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}
