import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { z } from 'zod';
import { bulkInsert } from '../database/bulk-insert';
import { UnitOfWork } from '../database/unit-of-work';
import { UsedTokenEntity } from './used-token.entity';

/** Remembers which body a token of an issuer was sent with. */
@Injectable()
export class UsedTokenStore {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Whether the token came with this body whenever it came: the first use decides. Forgets what has
   * expired by now (UTC milliseconds). Throws `store-unavailable`.
   */
  async use(token: UsedTokenEntity, now: number): Promise<boolean> {
    const answer = await this.unitOfWork.run(async (transaction) => {
      await transaction.delete(UsedTokenEntity, { expiresAt: LessThan(now) });
      return bulkInsert(transaction, {
        table: 'used_tokens',
        columns: ['issuer', 'token_id', 'body_hash', 'expires_at'],
        rows: [[token.issuer, token.tokenId, token.bodyHash, token.expiresAt]],
        onConflict: '(issuer, token_id) do update set body_hash = used_tokens.body_hash',
        returning: ['body_hash'],
      });
    });
    return UsedRows.parse(answer)[0].body_hash === token.bodyHash;
  }
}

const UsedRows = z.tuple([z.object({ body_hash: z.string() })]);
