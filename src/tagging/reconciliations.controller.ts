import { Controller, HttpCode, Post } from '@nestjs/common';
import type { RepositoryName } from '../core/names';
import { RequiresScope } from '../http/access.guard';
import { Documented } from '../http/documented';
import { RepositoryParameter } from '../http/repository-parameter';
import { LedgerReader } from './ledger-reader';
import { ReconcileQueue } from './reconcile-queue';
import { ReconciliationAnswer } from './tagging.schema';

@Controller('api/v1/repositories/:slug/reconciliations')
export class ReconciliationsController {
  constructor(
    private readonly ledger: LedgerReader,
    private readonly queue: ReconcileQueue,
  ) {}

  @Post()
  @HttpCode(202)
  @RequiresScope('operate')
  @Documented({ summary: 'Reconcile now', answers: { 202: ReconciliationAnswer } })
  reconcile(@RepositoryParameter() repository: RepositoryName): ReconciliationAnswer {
    // Refuses what no entry of the configuration matches.
    this.ledger.rulesOf(repository);
    this.queue.add(repository, { full: true });
    return { repository, status: 'queued' };
  }
}
