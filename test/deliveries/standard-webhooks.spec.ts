import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { SimulatedClock } from '../../src/runtime/clock';
import { type HttpAnswer, Problem, type RunningService, startService } from '../support/service';
import { releaseBody, signedHeaders } from '../support/signed-webhook';
import { WEBHOOK_SECRET, writeTestConfig } from '../support/test-config';
import { listDeliveries, NOWHERE, receiptOf } from './delivery-list';

const NOW = Date.UTC(2026, 6, 3, 10);
const BODY = releaseBody({ tag: '2.1.106' }, NOW);

type Headers = Readonly<Record<string, string>>;

let service: RunningService;

beforeAll(async () => {
  service = await startService({ registryUrl: NOWHERE, clock: new SimulatedClock(NOW) });
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
});

describe('a signed webhook', () => {
  it.each<[string, Headers]>([
    ['no webhook-id', without('webhook-id')],
    ['no webhook-timestamp', without('webhook-timestamp')],
    ['no webhook-signature', without('webhook-signature')],
    ['only X-Hub-Signature', { ...without('webhook-signature'), 'x-hub-signature': 'sha1=00' }],
    ['a signature by another key', sign({ secret: 'another-secret-of-32-characters!' })],
    ['a signature by the empty key', sign({ secret: '' })],
    ['a wrong signature of the right length', signature(`v1,${base64(32)}`)],
    ['a signature that is not base64', signature(`v1,${'*'.repeat(44)}`)],
    ['an empty signature', signature('v1,')],
    ['an empty header', signature('')],
    ['a signature of 10 kB', signature(`v1,${'A'.repeat(10_000)}`)],
    ['a shorter signature', signature(`v1,${base64(31)}`)],
    ['a longer signature', signature(`v1,${base64(33)}`)],
    ['a signature in hex', signature(`v1,${hexSignature()}`)],
    ['no version before the signature', signature(rightEntry().slice(3))],
    ['eleven entries, the last of them right', signature(entries(10))],
    ['only entries of another version', signature(rightEntry().replace('v1,', 'v2,'))],
    ['an asymmetric entry', signature(rightEntry().replace('v1,', 'v1a,'))],
    ['a signature of another id', { ...sign(), 'webhook-id': 'another' }],
    ['a signature of another time', { ...sign(), 'webhook-timestamp': seconds(NOW - 1_000) }],
    [
      'a signature of another body',
      signedHeaders(`${BODY} `, { now: NOW, secret: WEBHOOK_SECRET }),
    ],
    ['a time 301 s ago', sign({ now: NOW - 301_000 })],
    ['a time 301 s ahead', sign({ now: NOW + 301_000 })],
    ['a time in milliseconds', signText({ timestamp: String(NOW) })],
    ['a time that is no number', signText({ timestamp: 'yesterday' })],
    ['a time with a sign', signText({ timestamp: `+${seconds(NOW)}` })],
    ['a time with a fraction', signText({ timestamp: `${seconds(NOW)}.5` })],
    ['an empty time', signText({ timestamp: '' })],
    ['an id with a dot', sign({ id: 'a.b' })],
    ['an id with a blank', sign({ id: 'a b' })],
    ['an id with a comma', sign({ id: 'a,b' })],
    ['an id with a letter beyond ASCII', { ...sign(), 'webhook-id': 'é' }],
    ['an id of 129 characters', sign({ id: 'i'.repeat(129) })],
    ['an empty id', sign({ id: '' })],
  ])('with %s is refused like an unknown source', async (_title, headers) => {
    const before = await listDeliveries(service.client);

    const refused = await send(headers);
    const unknown = await send(headers, 'nobody');

    expect(refused.status).toBe(401);
    expect(unknown.status).toBe(404);
    const [left, right] = [Problem.parse(refused.json), Problem.parse(unknown.json)];
    expect(left).toMatchObject({ status: 401, code: 'authentication-failed' });
    expect(right).toMatchObject({ status: 404, code: 'source-unknown' });
    expect(membersOf(refused)).toEqual(membersOf(unknown));
    expect([left.type, left.detail]).toEqual([right.type, right.detail]);
    expect(await listDeliveries(service.client)).toEqual(before);
  });

  it.each<[string, Headers]>([
    ['a time 300 s ago', sign({ now: NOW - 300_000 })],
    ['a time 300 s ahead', sign({ now: NOW + 300_000 })],
    ['an id of 128 characters', sign({ id: 'i'.repeat(128) })],
    ['an id of all that is allowed', sign({ id: 'azAZ09_:-' })],
    ['ten entries, the last of them right', signature(entries(9), sign({ id: 'ten' }))],
    [
      'the right entry between unknown versions',
      signature(
        `v2,x ${sign({ id: 'three' })['webhook-signature'] ?? ''} v1a,y`,
        sign({ id: 'three' }),
      ),
    ],
  ])('with %s is accepted', async (_title, headers) => {
    const answer = await send(headers);

    expect(answer.status).toBe(202);
    expect(receiptOf(answer)).toMatchObject({ status: 'accepted', tag: '2.1.106' });
  });

  it('is accepted as the standard library signs it', async () => {
    const webhook = new Webhook(WEBHOOK_SECRET, { format: 'raw' });

    const answer = await send({
      'content-type': 'application/json',
      'webhook-id': 'msg_library',
      'webhook-timestamp': seconds(NOW),
      'webhook-signature': webhook.sign('msg_library', new Date(NOW), BODY),
    });

    expect(answer.status).toBe(202);
  });

  it('is taken when either of two secrets of a rotation is ours', async () => {
    const other = sign({ id: 'rotated', secret: 'the-next-secret-of-32-characters' });
    const ours = sign({ id: 'rotated' });
    const both = [other['webhook-signature'], ours['webhook-signature']].join(' ');

    const answer = await send(signature(both, ours));

    expect(answer.status).toBe(202);
  });
});

describe('a secret with whsec_', () => {
  it('is the base64 of the key', async () => {
    const secret = `whsec_${Buffer.from('a key of thirty-two bytes, binary').toString('base64')}`;
    const config = writeTestConfig({ registryUrl: NOWHERE });
    writeFileSync(join(config.folder, 'secrets', 'WEBHOOK_SECRET'), secret);
    const clock = new SimulatedClock(NOW);
    const other = await startService({ registryUrl: NOWHERE, config, clock });
    const headersOf = (id: string, text: string): Headers => ({
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': seconds(NOW),
      'webhook-signature': text,
    });
    const right = new Webhook(secret).sign('right', new Date(NOW), BODY);
    const asText = new Webhook(secret, { format: 'raw' }).sign('wrong', new Date(NOW), BODY);

    const accepted = await other.client.send(
      'POST',
      '/webhooks/ci',
      headersOf('right', right),
      BODY,
    );
    const refused = await other.client.send(
      'POST',
      '/webhooks/ci',
      headersOf('wrong', asText),
      BODY,
    );

    expect([accepted.status, refused.status]).toEqual([202, 401]);
    await other.stop();
    config.remove();
  });
});

function send(headers: Headers, source = 'ci'): Promise<HttpAnswer> {
  return service.client.send('POST', `/webhooks/${source}`, headers, BODY);
}

/** Names of the members of a problem, in their order. */
function membersOf({ json }: HttpAnswer): readonly string[] {
  return Object.keys(z.record(z.string(), z.unknown()).parse(json));
}

function sign(options: { id?: string; now?: number; secret?: string } = {}): Headers {
  return signedHeaders(BODY, { now: NOW, secret: WEBHOOK_SECRET, ...options });
}

/** A signature over a timestamp that is sent as it is. */
function signText({ timestamp }: { timestamp: string }): Headers {
  const id = 'timed';
  const signed = hmac(`${id}.${timestamp}.${BODY}`).toString('base64');
  return { ...sign({ id }), 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signed}` };
}

function without(name: string): Headers {
  const { [name]: _, ...rest } = sign();
  return rest;
}

function signature(text: string, headers = sign({ id: 'fixed' })): Headers {
  return { ...headers, 'webhook-signature': text };
}

/** The `v1` entry for the id `fixed`. */
function rightEntry(): string {
  return sign({ id: 'fixed' })['webhook-signature'] ?? '';
}

function hexSignature(): string {
  return Buffer.from(rightEntry().slice(3), 'base64').toString('hex');
}

/** Wrong entries, then the right one of the id `ten` or, after ten, of the id `fixed`. */
function entries(wrong: number): string {
  const right = wrong === 9 ? sign({ id: 'ten' })['webhook-signature'] : rightEntry();
  return [...Array.from({ length: wrong }, () => `v1,${base64(32)}`), right].join(' ');
}

function base64(bytes: number): string {
  return Buffer.alloc(bytes, 7).toString('base64');
}

function hmac(text: string): Buffer {
  return createHmac('sha256', WEBHOOK_SECRET).update(text).digest();
}

function seconds(ms: number): string {
  return String(ms / 1_000);
}
