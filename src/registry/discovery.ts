import type { Access } from './token-scopes';

/**
 * What the request that went ahead has found out:
 * - `challenged`: the registry asks for authorisation; what it wants is known now.
 * - `open`: it asks for none for this kind of request.
 * - `nothing`: there was no answer that says it.
 * - `silence`: there was none at all within the time.
 */
export type Finding = 'challenged' | 'open' | 'nothing' | 'silence';

/** The right to find out. */
export interface Turn {
  /** Only the first call counts. It has to come, or the others wait for ever. */
  end(finding: Finding): void;
}

/**
 * Lets one request find out whether a registry asks for authorisation, and keeps the others back
 * until then: each of them would get a 401 of its own. When it finds out nothing, the next one goes.
 */
export class Discovery {
  private isChallenged = false;
  private readonly open = new Set<Access['action']>();
  private ahead: { readonly finding: Promise<Finding>; readonly turn: Turn } | undefined;

  /** Whether it is known that this kind of request needs no authorisation, as far as that goes. */
  isOpen(action: Access['action']): boolean {
    return !this.isChallenged && this.open.has(action);
  }

  /** Resolves when the request may go; with a turn when it is the one that finds out. */
  async enter(action: Access['action']): Promise<Turn | undefined> {
    while (!this.isChallenged && !this.open.has(action)) {
      if (this.ahead === undefined) return this.begin(action);
      // One after the other would take as many time limits as there are requests.
      if ((await this.ahead.finding) === 'silence') return undefined;
    }
    return undefined;
  }

  /** The registry has challenged, whichever request it was. */
  noteChallenge(): void {
    this.isChallenged = true;
    this.ahead?.turn.end('challenged');
  }

  private begin(action: Access['action']): Turn {
    let tell: (finding: Finding) => void = () => undefined;
    const finding = new Promise<Finding>((resolve) => {
      tell = resolve;
    });
    const turn: Turn = {
      end: (found) => {
        if (this.ahead?.turn !== turn) return;
        if (found === 'open') this.open.add(action);
        this.ahead = undefined;
        tell(found);
      },
    };
    this.ahead = { finding, turn };
    return turn;
  }
}
