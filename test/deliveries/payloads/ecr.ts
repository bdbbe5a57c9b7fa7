import { randomUUID } from 'node:crypto';
import { digestOf } from '../distribution-events';

type Fields = Readonly<Record<string, unknown>>;

export interface EcrEvent {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly account?: unknown;
  readonly region?: unknown;
  readonly detail?: Fields;
}

/** A push of an image as EventBridge sends it, or another event of the same fields. */
export function ecrEvent(event: EcrEvent = {}): Fields {
  const { id = randomUUID(), type = 'ECR Image Action', detail = {} } = event;
  const { account = '111122223333', region = 'eu-central-1' } = event;
  return {
    ...{ version: '0', id, 'detail-type': type, source: 'aws.ecr', account },
    ...{ time: '2026-07-03T10:00:00Z', region, resources: [] },
    detail: {
      ...{ result: 'SUCCESS', 'repository-name': 'team/api' },
      ...{ 'image-digest': digestOf('2.4.1'), 'action-type': 'PUSH', 'image-tag': '2.4.1' },
      'manifest-media-type': 'application/vnd.oci.image.manifest.v1+json',
      ...detail,
    },
  };
}

/** A message of SNS, whose text is an event. */
export function snsMessage(message: unknown, fields: Fields = {}): Fields {
  return {
    ...{ Type: 'Notification', MessageId: randomUUID() },
    TopicArn: 'arn:aws:sns:eu-central-1:111122223333:images',
    Message: typeof message === 'string' ? message : JSON.stringify(message),
    ...{ Timestamp: '2026-07-03T10:00:01.234Z', SignatureVersion: '2', Signature: 'bm9uZQ==' },
    SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem',
    UnsubscribeURL: 'https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe',
    ...fields,
  };
}

/** What SNS sends when an address is subscribed to a topic or leaves it. */
export function snsConfirmation(Type: string): Fields {
  const Token = randomUUID();
  const SubscribeURL = 'https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription';
  return snsMessage('You have chosen to subscribe to the topic', { Type, Token, SubscribeURL });
}
