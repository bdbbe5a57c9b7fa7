import type { RegistrySettings } from '../config/settings';
import { redactedUrl, type Answer } from './answer';
import { AuthMemory } from './auth-memory';
import { Authorization } from './authorization';
import { chooseChallenge, type ChosenChallenge } from './challenge-choice';
import { Discovery, type Turn } from './discovery';
import { RegistryError } from './registry-error';
import { isPassingTrouble } from './status-errors';
import type { Access } from './token-scopes';
import type { TokenSource } from './token-source';

export type { Access } from './token-scopes';

/** The longest way that makes sense, with some to spare; a registry may go on challenging for ever. */
const MAX_SENDS = 6;

/** The authorisation of all requests to one registry; learns from its challenges. */
export class RegistryAuth {
  private readonly memory = new AuthMemory();
  private readonly discovery = new Discovery();

  constructor(
    private readonly registry: RegistrySettings,
    private readonly tokens: TokenSource,
  ) {}

  /**
   * Sends a request with the authorisation that the registry takes, again after each 401 while
   * anything is left to try. `send` gets the `Authorization` header; its errors pass through. While
   * nobody knows yet what the registry asks for, one request goes ahead and the others wait for it.
   * Throws `unauthorized` when nothing is left: it is retryable, because a credential gets mended by
   * people, and what waits for it must not be given up meanwhile. Throws `redirect-refused` when the
   * challenge names a token service that may not be asked, and what {@link TokenSource.get} throws.
   */
  async authorise(
    access: Access,
    send: (header: string | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    if (this.discovery.isOpen(access.action)) return this.walk(access, send, undefined);
    const turn = await this.discovery.enter(access.action);
    try {
      return await this.walk(access, send, turn);
    } catch (error) {
      const isSilence = error instanceof RegistryError && error.code === 'timeout';
      turn?.end(isSilence ? 'silence' : 'nothing');
      throw error;
    }
  }

  private async walk(
    access: Access,
    send: (header: string | undefined) => Promise<Answer>,
    turn: Turn | undefined,
  ): Promise<Answer> {
    const authorization = new Authorization(access, this.memory, this.tokens);
    let header = this.memory.scheme === undefined ? undefined : await authorization.first();
    for (let sent = 1; ; sent += 1) {
      const answer = await send(header);
      if (answer.status !== 401) {
        if (isPassingTrouble(answer)) turn?.end('nothing');
        else authorization.served();
        turn?.end('open');
        return answer;
      }
      const challenge = this.challengeOf(answer);
      header = sent < MAX_SENDS ? await authorization.next(challenge) : undefined;
      if (header === undefined) throw this.unauthorized(answer);
    }
  }

  private challengeOf(answer: Answer): ChosenChallenge {
    const challenge = chooseChallenge(this.registry, answer);
    if (challenge === undefined) throw this.unauthorized(answer);
    this.memory.scheme = challenge.scheme;
    // Before a token is fetched: the others then ask for the same one.
    this.discovery.noteChallenge();
    return challenge;
  }

  private unauthorized(answer: Answer): RegistryError {
    const { id, credentials } = this.registry;
    const fault = this.tokens.credentials.fault();
    const advice =
      credentials === undefined
        ? `it asks for credentials: set registries.${id}.auth`
        : `check the account and its rights in registries.${id}.auth${fault === undefined ? '' : `: ${fault}`}`;
    const sentence = `Registry ${id} answered 401 to ${answer.method} ${redactedUrl(answer.url)}: ${advice}.`;
    return new RegistryError('unauthorized', sentence, { status: 401, retryable: true });
  }
}
