import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type Backtest, backtest, type BacktestInput } from '../core/backtest';
import type { RepositoryName } from '../core/names';
import type { RepositoryRules } from '../core/rules';
import { MoveStore } from '../history/move.store';
import { ReleaseStore } from '../history/release.store';

export interface BacktestReport extends Backtest {
  readonly releases: number;
  readonly moves: number;
}

/** So long may one calculation keep other requests waiting. */
const TURN_MS = 10;

/** What other rules would have made of the recorded past; reads the ledger, asks no registry. */
@Injectable()
export class Backtests {
  constructor(
    private readonly releases: ReleaseStore,
    private readonly moves: MoveStore,
  ) {}

  async run(repository: RepositoryName, rules: RepositoryRules): Promise<BacktestReport> {
    const [releases, withdrawnAt, moves] = await Promise.all([
      this.releases.list(repository, rules),
      this.releases.listWithdrawals(repository),
      this.moves.listMovesToReleases(repository),
    ]);
    const result = await inTurns({ releases, withdrawnAt, moves, rules });
    return { ...result, releases: releases.length, moves: moves.length };
  }
}

async function inTurns(input: BacktestInput): Promise<Backtest> {
  const steps = backtest(input);
  let turnEnds = performance.now() + TURN_MS;
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    if (performance.now() < turnEnds) continue;
    await nextTurn();
    turnEnds = performance.now() + TURN_MS;
  }
}
