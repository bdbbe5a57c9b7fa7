import { z } from 'zod';
import { Secret } from '../../config/secret';
import type { Clock } from '../../runtime/clock';
import type { Credential } from './credential';
import { type HelperLimits, runHelper } from './helper-process';
import { parseJsonText } from './json-text';
import type { Reading } from './watched-file';

const KEPT_MS = 5 * 60_000;
const LIMITS: HelperLimits = { timeoutMs: 10_000, maxBytes: 64 * 1024 };
/** The protocol's own words for it (docker-credential-helpers, credentials/error.go). */
const NOT_FOUND = 'credentials not found in native keychain';
/** What stands for the user name when the secret is an identity token. */
const IDENTITY_TOKEN = '<token>';
const NAME = /^[a-z0-9-]+$/;

const HelperAnswer = z.object({ Username: z.string(), Secret: z.string().min(1) });

interface KeptAnswer {
  readonly found: Reading<Credential | undefined>;
  readonly until: number;
}

/** What credential helpers of Docker know, asked again every few minutes. */
export class CredentialHelpers {
  private readonly kept = new Map<string, KeptAnswer>();
  private readonly underWay = new Map<string, Promise<Reading<Credential | undefined>>>();
  private reason: string | undefined;

  constructor(
    private readonly allowed: readonly string[],
    private readonly clock: Clock,
    private readonly limits: HelperLimits = LIMITS,
  ) {}

  isAllowed(name: string): boolean {
    return NAME.test(name) && this.allowed.includes(name);
  }

  /**
   * What an allowed helper knows about a host; undefined when it has nothing for it. However many
   * ask at the same time, it runs once. What it said last serves on while it fails; a reason when
   * it never said anything.
   */
  async get(name: string, host: string, fresh = false): Promise<Reading<Credential | undefined>> {
    const key = `${name} ${host}`;
    const kept = this.kept.get(key);
    if (!fresh && kept !== undefined && this.clock.now() < kept.until) return kept.found;
    const asked = this.underWay.get(key) ?? this.begin(key, name, host);
    const found = await asked;
    return 'reason' in found && kept !== undefined ? kept.found : found;
  }

  /** Why the helper that was run last could not answer. */
  fault(): string | undefined {
    return this.reason;
  }

  private begin(key: string, name: string, host: string): Promise<Reading<Credential | undefined>> {
    const asked = this.ask(name, host)
      .then((found) => {
        this.reason = 'reason' in found ? found.reason : undefined;
        const until = this.clock.now() + KEPT_MS;
        if ('value' in found) this.kept.set(key, { found, until });
        return found;
      })
      .finally(() => this.underWay.delete(key));
    this.underWay.set(key, asked);
    return asked;
  }

  /** What a helper writes is never shown: it may be the secret. */
  private async ask(name: string, host: string): Promise<Reading<Credential | undefined>> {
    if (!this.isAllowed(name)) return { reason: `docker-credential-${name} is not allowed` };
    const outcome = await runHelper(name, host, this.limits);
    const program = `docker-credential-${name}`;
    if (outcome.kind === 'failed') return { reason: `${program} ${outcome.reason}` };
    if (outcome.exitCode !== 0) {
      if (outcome.output.trim() === NOT_FOUND) return { value: undefined };
      return { reason: `${program} get ended with exit code ${outcome.exitCode} for ${host}` };
    }
    const answer = HelperAnswer.safeParse(parseJsonText(outcome.output));
    if (!answer.success) return { reason: `${program} answered without Username and Secret` };
    return { value: credentialOf(answer.data) };
  }
}

function credentialOf(answer: z.infer<typeof HelperAnswer>): Credential {
  const secret = new Secret(answer.Secret);
  return answer.Username === IDENTITY_TOKEN
    ? { kind: 'identity-token', username: undefined, token: secret }
    : { kind: 'password', username: answer.Username, password: secret };
}
