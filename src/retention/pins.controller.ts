import { Controller, Delete, Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../core/domain-error';
import { isInForce } from '../core/hold';
import { isInternalTag } from '../core/internal-tags';
import {
  type Digest,
  isDigest,
  parseDigest,
  parseTagName,
  type RepositoryName,
  type TagName,
} from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { RequiresScope } from '../http/access.guard';
import { actorOf } from '../http/access';
import { Documented } from '../http/documented';
import { RepositoryParameter } from '../http/repository-parameter';
import { toRfc3339, toRfc3339OrNull } from '../http/time';
import { JsonBody } from '../http/validated';
import { Clock } from '../runtime/clock';
import type { PinEntity } from './pin.entity';
import { PinStore } from './pin.store';
import { PinAnswer, PinRequest, PinsAnswer } from './protections.schema';
import { RetentionEvaluator } from './retention-evaluator';

@Controller('api/v1/repositories/:slug/pins')
export class PinsController {
  constructor(
    private readonly pins: PinStore,
    private readonly evaluator: RetentionEvaluator,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Documented({ summary: 'What is pinned, newest first', answers: { 200: PinsAnswer } })
  async list(@RepositoryParameter() repository: RepositoryName): Promise<PinsAnswer> {
    const pins = await this.pins.listRecords(repository, this.clock.now());
    return { items: pins.map(toAnswer) };
  }

  @Put(':target')
  @RequiresScope('operate')
  @Documented({
    summary: 'Protect a tag, or everything from which a digest can be reached, from retention',
    body: PinRequest,
    answers: { 200: PinAnswer },
  })
  async pin(
    @RepositoryParameter() repository: RepositoryName,
    @Param('target') text: string,
    @JsonBody(PinRequest) { reason, expiresAt: end }: PinRequest,
    @Req() request: FastifyRequest,
  ): Promise<PinAnswer> {
    const target = targetIn(text);
    // A misspelt repository would look protected.
    this.evaluator.rulesOf(repository);
    const now = this.clock.now();
    const expiresAt = end ?? null;
    if (!isInForce({ expiresAt }, now)) {
      throw new DomainError('body-invalid', 'expiresAt: must be a time to come');
    }
    const facts = { repository, target, reason, expiresAt };
    const pin = { ...facts, createdBy: actorOf(request), createdAt: now };
    await this.unitOfWork.run((transaction) => this.pins.set(transaction, pin));
    return toAnswer(pin);
  }

  @Delete(':target')
  @RequiresScope('operate')
  @Documented({ summary: 'Take a pin away', answers: { 200: PinAnswer } })
  async unpin(
    @RepositoryParameter() repository: RepositoryName,
    @Param('target') text: string,
  ): Promise<PinAnswer> {
    const target = targetIn(text);
    const pin = await this.unitOfWork.run((transaction) =>
      this.pins.remove(transaction, repository, target),
    );
    if (pin !== undefined) return toAnswer(pin);
    throw new DomainError('pin-unknown', `${target} of ${repository} is not pinned`);
  }
}

/** No tag has a colon, and every digest has one. */
function targetIn(text: string): TagName | Digest {
  const target = text.includes(':') ? parseDigest(text) : parseTagName(text);
  if (!isInternalTag(target)) return target;
  throw new DomainError('tag-invalid', `${target} is Tagward's own: pin the digest instead`);
}

function toAnswer(pin: PinEntity): PinAnswer {
  const { repository, target, reason, createdBy, createdAt, expiresAt } = pin;
  return {
    ...{ repository, target, kind: isDigest(target) ? 'digest' : 'tag', reason, by: createdBy },
    createdAt: toRfc3339(createdAt),
    expiresAt: toRfc3339OrNull(expiresAt),
  };
}
