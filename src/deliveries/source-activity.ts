import { Injectable } from '@nestjs/common';
import type { SeenRefusal } from './sources/refusal';
import type { Proof, Sender, SourceEvent } from './sources/source';

/** Samples of a clock that count; older ones may be of before somebody set it. */
const MOST_SAMPLES = 10;
const SAMPLE_AGE_MS = 24 * 3_600_000;
/** More unusable requests than these are not told apart from these. */
const MOST_UNUSABLE = 1_000;

interface ClockSample {
  readonly receivedAt: number;
  /** Receipt less sending: what the sender's clock is behind, and the way. */
  readonly lateMs: number;
}

interface Activity {
  lastRequestAt: number | null;
  refused: number;
  refusedByClock: number;
  lastRefusedAt: number | null;
  /** The last ones, oldest first. */
  samples: readonly ClockSample[];
  /** When authentic requests came that could not be used and have left no row; oldest first. */
  unusable: readonly number[];
}

/** What this process has seen of a source beside the deliveries that it stored. */
export interface SeenActivity {
  /** Of an authentic request, whether or not it brought anything; UTC milliseconds. */
  readonly lastRequestAt: number | null;
  /** Requests since the start that were not authentic, those of `refusedByClock` included. */
  readonly refused: number;
  readonly refusedByClock: number;
  readonly lastRefusedAt: number | null;
  /**
   * How far the sender's clock is behind, at most: the least of the last few differences, since the
   * way can only add to it. Below 0 it is ahead for certain. Null when no sender's time is known.
   */
  readonly clockLateMs: number | null;
  readonly unusable24h: number;
}

/** Keeps in memory what says whether a sender works. Only configured ids get here. */
@Injectable()
export class SourceActivity {
  private readonly bySource = new Map<string, Activity>();

  /** An authentic request; `sentAt` by the sender's clock, where it says that. */
  noteRequest(source: string, receivedAt: number, sentAt: number | undefined): void {
    const activity = this.of(source);
    activity.lastRequestAt = receivedAt;
    addSample(activity, receivedAt, sentAt);
  }

  /** An authentic request that is answered with an error, for what is in it. */
  noteUnusable(source: string, receivedAt: number): void {
    const activity = this.of(source);
    activity.lastRequestAt = receivedAt;
    activity.unusable = [...activity.unusable, receivedAt].slice(-MOST_UNUSABLE);
  }

  noteRefusal(source: string, receivedAt: number, { cause, sentAt }: SeenRefusal): void {
    const activity = this.of(source);
    activity.refused += 1;
    activity.lastRefusedAt = receivedAt;
    if (cause === 'clock') activity.refusedByClock += 1;
    addSample(activity, receivedAt, sentAt);
  }

  read(source: string, now: number): SeenActivity {
    const { samples, unusable, ...counts } = this.bySource.get(source) ?? nothing();
    const recent = samples.filter(({ receivedAt }) => receivedAt > now - SAMPLE_AGE_MS);
    return {
      ...counts,
      clockLateMs: recent.length === 0 ? null : Math.min(...recent.map(({ lateMs }) => lateMs)),
      unusable24h: unusable.filter((at) => at > now - SAMPLE_AGE_MS).length,
    };
  }

  private of(source: string): Activity {
    const known = this.bySource.get(source) ?? nothing();
    this.bySource.set(source, known);
    return known;
  }
}

function nothing(): Activity {
  return {
    ...{ lastRequestAt: null, refused: 0, refusedByClock: 0, lastRefusedAt: null },
    ...{ samples: [], unusable: [] },
  };
}

function addSample(activity: Activity, receivedAt: number, sentAt: number | undefined): void {
  if (sentAt === undefined) return;
  const sample = { receivedAt, lateMs: receivedAt - sentAt };
  activity.samples = [...activity.samples, sample].slice(-MOST_SAMPLES);
}

/** When a request was sent, by the sender's clock (UTC milliseconds); undefined when that is not told. */
export function sentAtOf(
  { datesEvents }: Sender,
  { sentAt }: Proof,
  events: readonly SourceEvent[],
): number | undefined {
  if (sentAt !== undefined || !datesEvents) return sentAt;
  const times = events.map(({ occurredAt }) => occurredAt).filter((time) => time !== null);
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
}
