import { Controller, HttpCode, Post } from '@nestjs/common';
import { toRules } from '../config/repository-rules.schema';
import type { BacktestDifference } from '../core/backtest';
import type { RepositoryName } from '../core/names';
import { RequiresScope } from '../http/access.guard';
import { Documented } from '../http/documented';
import { RepositoryParameter } from '../http/repository-parameter';
import { toRfc3339 } from '../http/time';
import { JsonBody } from '../http/validated';
import { Backtests } from './backtests';
import { BacktestAnswer, BacktestRequest } from './tagging.schema';

@Controller('api/v1/repositories/:slug/backtests')
export class BacktestsController {
  constructor(private readonly backtests: Backtests) {}

  @Post()
  @HttpCode(200)
  @RequiresScope('operate')
  @Documented({
    summary: 'Which recorded moves would have differed under other rules; writes nothing',
    body: BacktestRequest,
    answers: { 200: BacktestAnswer },
  })
  async run(
    @RepositoryParameter() repository: RepositoryName,
    @JsonBody(BacktestRequest) { rules }: BacktestRequest,
  ): Promise<BacktestAnswer> {
    const report = await this.backtests.run(repository, toRules(rules));
    return { repository, ...report, differences: report.differences.map(toAnswer) };
  }
}

function toAnswer(difference: BacktestDifference): BacktestAnswer['differences'][number] {
  const { at, ...rest } = difference;
  return { ...rest, at: toRfc3339(at), text: describe(difference) };
}

function describe({ kind, tag, release, instead }: BacktestDifference): string {
  const other = instead === null ? 'it did not exist' : `it stood on ${instead}`;
  return kind === 'would-have-moved'
    ? `${tag} would have moved to ${release ?? 'nothing'}; ${other}`
    : `${tag} would not have moved to ${release ?? 'nothing'}; ${other.replace(/^it /, 'by these rules it ')}`;
}
