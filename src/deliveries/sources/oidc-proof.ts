import { createHash } from 'node:crypto';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { IssuerSettings } from '../../config/settings';
import { DomainError } from '../../core/domain-error';
import { matchesGlob } from '../../core/glob';
import { bearerToken } from '../../http/access.guard';
import type { Clock } from '../../runtime/clock';
import type { UsedTokenStore } from '../used-token.store';
import type { RemoteProof } from './authentication';
import { unavailable } from './fetch-document';
import type { IssuerKeys } from './issuer-keys';
import { refusal, type RefusalCause } from './refusal';
import type { IncomingWebhook, Proof } from './source';

const MAX_AGE_S = 600;
const TOLERANCE_S = 30;
const TOKEN_ID = /^[\x21-\x7e]{1,256}$/;

/** What a source expects of tokens. */
export interface OidcRules {
  readonly issuers: readonly IssuerSettings[];
  /**
   * Whether each token is young and has an id, so that it serves one body. Google's for Pub/Sub
   * have none and live an hour.
   */
  readonly singleUse: boolean;
}

/** What a process has once, beside the rules of each source. */
export interface OidcParts {
  readonly keysOf: (issuer: string) => IssuerKeys;
  readonly usedTokens: UsedTokenStore;
  readonly clock: Clock;
}

interface GenuineToken {
  readonly issuer: string;
  readonly payload: JWTPayload;
}

/** A token that a configured issuer gave to a pipeline or a service account. */
export class OidcProof implements RemoteProof {
  constructor(
    private readonly rules: OidcRules,
    private readonly parts: OidcParts,
  ) {}

  /** A path with a secret is the address of a source that has one. */
  isCarriedBy({ headers, urlSecret }: IncomingWebhook): boolean {
    return urlSecret === undefined && bearerToken(headers['authorization']) !== undefined;
  }

  async verify({ headers, body }: IncomingWebhook): Promise<Proof> {
    const token = bearerToken(headers['authorization']) ?? '';
    const genuine = await this.verifyToken(token).catch((error: unknown) => {
      throw toRefusal(error);
    });
    refuseClaims(this.rules.issuers, genuine);
    const sentAt = this.earlyTimeOf(genuine.payload);
    if (!this.rules.singleUse) return { form: 'oidc', sentAt };
    return { form: 'oidc', dedupeKey: await this.bind(genuine, body), sentAt };
  }

  /** A token may be sent long after it was made, so only one of the future says something of a clock. */
  private earlyTimeOf({ iat }: JWTPayload): number | undefined {
    const madeAt = (iat ?? 0) * 1_000;
    return madeAt > this.parts.clock.now() ? madeAt : undefined;
  }

  /** The issuer is chosen by what the token says of itself, and only then is anything believed. */
  private async verifyToken(token: string): Promise<GenuineToken> {
    const { iss: issuer = '' } = decodeJwt(token);
    const known = this.rules.issuers.filter((settings) => settings.issuer === issuer);
    if (known.length === 0) throw refusal('issuer-other');
    const { singleUse } = this.rules;
    const { payload } = await jwtVerify(token, this.parts.keysOf(issuer).find, {
      issuer,
      audience: known.map(({ audience }) => audience),
      algorithms: ['RS256', 'ES256'],
      clockTolerance: TOLERANCE_S,
      currentDate: new Date(this.parts.clock.now()),
      requiredClaims: ['exp', 'iat', 'sub', ...(singleUse ? ['jti'] : [])],
      ...(singleUse ? { maxTokenAge: MAX_AGE_S } : {}),
    });
    return { issuer, payload };
  }

  /** Binds a token to the body that it came with first. Answers their dedupe key. */
  private async bind({ issuer, payload }: GenuineToken, body: Buffer): Promise<string> {
    const { exp = 0, iat = 0 } = payload;
    // jose has seen that it is there, and not what it is.
    const jti: unknown = payload.jti;
    if (typeof jti !== 'string' || !TOKEN_ID.test(jti)) throw refusal('token-invalid');
    const expiresAt = Math.ceil((Math.min(exp, iat + MAX_AGE_S) + TOLERANCE_S) * 1_000);
    const bodyHash = createHash('sha256').update(body).digest('hex');
    const used = { issuer, tokenId: jti, bodyHash, expiresAt };
    if (!(await this.parts.usedTokens.use(used, this.parts.clock.now()))) {
      throw refusal('token-used');
    }
    // Dots keep it apart from every legal `webhook-id`.
    return `oidc.${jti}.${createHash('sha256').update(`${issuer}\n${bodyHash}`).digest('hex')}`;
  }
}

/** Several entries may be of one issuer: each is a pipeline of its own, and one must fit. */
function refuseClaims(issuers: readonly IssuerSettings[], { issuer, payload }: GenuineToken): void {
  const audiences = [payload.aud].flat();
  const refused = issuers
    .filter((settings) => settings.issuer === issuer && audiences.includes(settings.audience))
    .map(({ claims }) => findRefusedClaim(payload, claims));
  if (refused.includes(undefined)) return;
  const sentence = `the claim ${refused[0] ?? 'aud'} of the token is not what this source asks for`;
  throw new DomainError('claim-refused', sentence);
}

/** The first claim that is missing or differs; undefined when there is none. */
function findRefusedClaim(
  payload: JWTPayload,
  expected: ReadonlyMap<string, string>,
): string | undefined {
  return [...expected].find(([name, pattern]) => {
    const text = textOf(Object.hasOwn(payload, name) ? payload[name] : undefined);
    return text === undefined || !matchesGlob(pattern, text);
  })?.[0];
}

/** A list or an object is no text that a pattern could be meant for. */
function textOf(claim: unknown): string | undefined {
  if (typeof claim === 'string') return claim;
  return typeof claim === 'boolean' || typeof claim === 'number' ? String(claim) : undefined;
}

/** What the keys of an issuer fail with by its own fault, beside what is said already. */
const ISSUER_FAULTS: ReadonlySet<string> = new Set([
  'ERR_JOSE_GENERIC',
  'ERR_JWKS_TIMEOUT',
  'ERR_JWKS_INVALID',
]);

/** Nobody learns from the answer what was wrong with a token. */
function toRefusal(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof errors.JOSEError && ISSUER_FAULTS.has(error.code)) {
    return unavailable('the keys of the issuer cannot be had now', error);
  }
  return refusal(causeOf(error), { cause: error, sentAt: earlyTimeIn(error) });
}

function causeOf(error: unknown): RefusalCause {
  if (error instanceof errors.JWTExpired) return 'token-expired';
  if (earlyTimeIn(error) !== undefined) return 'clock';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'aud' ? 'audience-other' : 'token-invalid';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature-wrong';
  return error instanceof errors.JWKSNoMatchingKey ? 'key-unknown' : 'token-invalid';
}

/** When a token of the future was made; claims are looked at once the signature is known as right. */
function earlyTimeIn(error: unknown): number | undefined {
  if (!(error instanceof errors.JWTClaimValidationFailed)) return undefined;
  const { claim, reason, payload } = error;
  const isEarly = reason === 'check_failed' && (claim === 'nbf' || claim === 'iat');
  const time: unknown = isEarly ? payload[claim] : undefined;
  return typeof time === 'number' ? time * 1_000 : undefined;
}
