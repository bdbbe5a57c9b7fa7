import { Controller, HttpCode, Post } from '@nestjs/common';
import { toPolicy } from '../config/retention-policy.schema';
import type { RepositoryName } from '../core/names';
import { RequiresScope } from '../http/access.guard';
import { Documented } from '../http/documented';
import { RepositoryParameter } from '../http/repository-parameter';
import { toRfc3339 } from '../http/time';
import { JsonBody } from '../http/validated';
import { type ReplayReport, RetentionReplays } from './retention-replays';
import { RetentionReplayAnswer, RetentionReplayRequest } from './retention-replays.schema';

@Controller('api/v1/repositories/:slug/retention-replays')
export class RetentionReplaysController {
  constructor(private readonly replays: RetentionReplays) {}

  @Post()
  @HttpCode(200)
  @RequiresScope('operate')
  @Documented({
    summary: 'What a policy would have deleted in the past that was needed later; writes nothing',
    body: RetentionReplayRequest,
    answers: { 200: RetentionReplayAnswer },
  })
  async run(
    @RepositoryParameter() repository: RepositoryName,
    @JsonBody(RetentionReplayRequest) { policy, days, approve }: RetentionReplayRequest,
  ): Promise<RetentionReplayAnswer> {
    const terms = { policy: toPolicy('policy', policy), days, approve };
    const report = await this.replays.run(repository, terms);
    return { repository, approve, ...toAnswer(report) };
  }
}

function toAnswer(report: ReplayReport): Omit<RetentionReplayAnswer, 'repository' | 'approve'> {
  const { from, to, days, deleted, regrets, warnings, limits } = report;
  return {
    ...{ from: toRfc3339(from), to: toRfc3339(to), counts: countsOf(report) },
    regrets: regrets.map(({ deletedAt, neededAt, by, ...regret }) => ({
      ...regret,
      ...{ deletedAt: toRfc3339(deletedAt), neededAt: toRfc3339(neededAt), by: [...by] },
    })),
    deleted: deleted.map(({ at, reasons, ...deletion }) => {
      return { ...deletion, at: toRfc3339(at), reasons: [...reasons] };
    }),
    days: days.map(({ at, ...day }) => ({ at: toRfc3339(at), ...day })),
    ...{ warnings: [...warnings], limits: [...limits] },
  };
}

function countsOf({
  days,
  deleted,
  regrets,
  cancelled,
  pending,
}: ReplayReport): RetentionReplayAnswer['counts'] {
  return {
    days: days.length,
    needsApproval: days.filter(({ outcome }) => outcome === 'needs-approval').length,
    deleted: deleted.length,
    regrets: regrets.length,
    lost: regrets.filter(({ lost }) => lost).length,
    ...{ cancelled, pending },
  };
}
