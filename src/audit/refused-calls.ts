import type { NewAuditRecord } from './audit.store';

/** Of a call that was not let in: all that is kept, so nothing that the caller could make long. */
export type RefusedCall = Pick<
  NewAuditRecord,
  'actor' | 'address' | 'method' | 'route' | 'repository' | 'target' | 'status' | 'code'
>;

/** Kinds of refusals that are told apart; more would let a flood fill the database. */
const MOST_KINDS = 20;

interface Counted {
  readonly call: RefusedCall;
  readonly at: number;
  untilAt: number;
  count: number;
}

/** Counts refused calls by what they have in common, until they are taken. */
export class RefusedCalls {
  private counted = new Map<string, Counted>();

  /** `now` is UTC milliseconds. */
  count(call: RefusedCall, now: number): void {
    const isKept = this.counted.has(keyOf(call)) || this.counted.size < MOST_KINDS;
    const kept = isKept ? call : withoutDetail(call);
    const known = this.counted.get(keyOf(kept));
    if (known === undefined) {
      this.counted.set(keyOf(kept), { call: kept, at: now, untilAt: now, count: 1 });
      return;
    }
    known.untilAt = now;
    known.count += 1;
  }

  /** Everything since the last time. */
  take(): readonly NewAuditRecord[] {
    const taken = [...this.counted.values()];
    this.counted = new Map();
    return taken.map(({ call, at, untilAt, count }) => {
      return { ...call, kind: 'refused', at, untilAt, count, requestId: null };
    });
  }
}

/** Few of these can be: by status and code alone. */
function withoutDetail({ status, code }: RefusedCall): RefusedCall {
  return {
    ...{ actor: 'several', address: null, method: 'any', route: 'several' },
    ...{ repository: null, target: null, status, code },
  };
}

function keyOf(call: RefusedCall): string {
  return JSON.stringify(Object.values(call));
}
