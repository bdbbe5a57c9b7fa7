/** The time, as UTC milliseconds. Core functions take `now` as an argument instead. */
export abstract class Clock {
  abstract now(): number;
}

export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }
}

/** A clock that stands still until it is set: tests and the demo live through months with it. */
export class SimulatedClock extends Clock {
  #now: number;

  constructor(now: number) {
    super();
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  set(now: number): void {
    this.#now = now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
