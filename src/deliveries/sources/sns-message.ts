import { z } from 'zod';

const Text = z.string().max(1_000);
const Signed = {
  MessageId: z.string().regex(/^[A-Za-z0-9-]{1,100}$/),
  TopicArn: Text,
  Message: z.string(),
  Timestamp: z.iso.datetime(),
  /** 1 is SHA-1, which is no proof any more. */
  SignatureVersion: z.literal('2'),
  Signature: z.base64().max(2_000),
  SigningCertURL: Text,
};
const Handshake = { ...Signed, SubscribeURL: Text, Token: Text };

/** What Amazon SNS posts to an https endpoint. */
export const SnsMessage = z.discriminatedUnion('Type', [
  z.object({ Type: z.literal('Notification'), ...Signed, Subject: Text.optional() }),
  z.object({ Type: z.literal('SubscriptionConfirmation'), ...Handshake }),
  z.object({ Type: z.literal('UnsubscribeConfirmation'), ...Handshake }),
]);
export type SnsMessage = z.infer<typeof SnsMessage>;

/** The text that is signed: some fields with their names, a line each, in the order of the names. */
export function signedText(message: SnsMessage): string {
  const fields = Object.entries(fieldsOf(message)).filter(([, value]) => value !== undefined);
  return fields.map(([name, value]) => `${name}\n${value}\n`).join('');
}

function fieldsOf(message: SnsMessage): Readonly<Record<string, string | undefined>> {
  const { Message, MessageId, Timestamp, TopicArn, Type } = message;
  if (message.Type === 'Notification') {
    return { Message, MessageId, Subject: message.Subject, Timestamp, TopicArn, Type };
  }
  const { SubscribeURL, Token } = message;
  return { Message, MessageId, SubscribeURL, Timestamp, Token, TopicArn, Type };
}
