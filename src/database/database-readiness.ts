import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Readiness } from '../runtime/readiness';
import { UnitOfWork } from './unit-of-work';

/** Needs the right to write, and changes nothing. */
const TOUCH = 'delete from leases where repository is null';

/** The service is ready while its database takes writes: without them no delivery is accepted. */
@Injectable()
export class DatabaseReadiness implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  onModuleInit(): void {
    this.readiness.addCheck(async () => {
      try {
        await this.unitOfWork.run((transaction) => transaction.query(TOUCH));
        return undefined;
      } catch {
        return { code: 'store-unavailable', text: 'the database does not answer' };
      }
    });
  }
}
