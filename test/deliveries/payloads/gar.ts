import { randomUUID } from 'node:crypto';
import { digestOf } from '../distribution-events';
import { HOST } from '../senders/sender-stage';

type Fields = Readonly<Record<string, unknown>>;

/** A change of an image, as Artifact Registry publishes it. */
export function garChange(fields: Fields = {}, host = HOST): Fields {
  return {
    action: 'INSERT',
    digest: `${host}/project/images/api@${digestOf('2.4.1')}`,
    tag: `${host}/project/images/api:2.4.1`,
    ...fields,
  };
}

/** The same as Pub/Sub pushes it unless it is told to leave the wrapper out. */
export function pubSub(change: unknown, message: Fields = {}): Fields {
  const messageId = randomUUID().replaceAll(/\D/g, '').slice(0, 16);
  const publishTime = '2026-07-03T10:00:00.489Z';
  const text = typeof change === 'string' ? change : JSON.stringify(change);
  return {
    message: {
      data: Buffer.from(text).toString('base64'),
      ...{ attributes: {}, messageId, message_id: messageId },
      ...{ publishTime, publish_time: publishTime },
      ...message,
    },
    subscription: 'projects/project/subscriptions/tagward',
  };
}
