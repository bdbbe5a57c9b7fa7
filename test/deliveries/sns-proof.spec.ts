import { execFileSync } from 'node:child_process';
import { createSign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REFUSAL } from '../../src/deliveries/sources/source';
import { SnsEndpoints } from '../../src/deliveries/sources/sns-endpoints';
import { SnsProof } from '../../src/deliveries/sources/sns-proof';
import { SimulatedClock } from '../../src/runtime/clock';
import { type HttpAnswer, Problem, type RunningService, startService } from '../support/service';
import { editedConfig, NOWHERE } from './delivery-list';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:images';
const CHINESE_TOPIC = 'arn:aws-cn:sns:cn-north-1:111122223333:images';
const HOST = 'https://sns.eu-central-1.amazonaws.com';
const CERTIFICATE = `${HOST}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem`;

interface Pair {
  readonly key: string;
  readonly certificate: string;
}

/** The certificates are real, so the clock begins when they do. */
const clock = new SimulatedClock(Date.now());
const START = clock.now() + MINUTE;
const good = makePair('rsa:2048');
const others = makePair('rsa:2048');
const curve = makePair('ec', '-pkeyopt', 'ec_paramgen_curve:P-256');

let service: RunningService;
/** What Amazon was asked for. */
let asked: string[] = [];
/** What it answers, by URL. */
const answers = new Map<string, () => Response>();

beforeAll(async () => {
  const config = editedConfig({
    '  events:': [
      `  ecr: { kind: ecr, registry: local, sns: { topic: "${TOPIC}" }, allow: [local/**] }`,
      `  cn: { kind: ecr, registry: local, sns: { topic: "${CHINESE_TOPIC}" }, allow: [local/**] }`,
      '  events:',
    ].join('\n'),
  });
  service = await startService({ registryUrl: NOWHERE, config, clock });
  service.app.get(SnsEndpoints).fetchIt = (url, { redirect, signal }) => {
    asked.push(url);
    expect([redirect, signal]).toEqual(['manual', expect.any(AbortSignal)]);
    return Promise.resolve(answers.get(url)?.() ?? new Response('', { status: 403 }));
  };
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
});

/** What was fetched stays for the life of the process, so each test has a certificate of its own. */
let certificateUrl = CERTIFICATE;
let tests = 0;

beforeEach(() => {
  clock.set(START + tests * 10_000);
  tests += 1;
  asked = [];
  answers.clear();
  certificateUrl = `${HOST}/SimpleNotificationService-${String(tests).padStart(32, '0')}.pem`;
  answers.set(certificateUrl, () => new Response(good.certificate));
});

type Fields = Readonly<Record<string, unknown>>;

function notification(fields: Fields = {}): Fields {
  return {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: TOPIC,
    Message: '{"detail-type":"ECR Image Action"}',
    Timestamp: new Date(clock.now()).toISOString(),
    SignatureVersion: '2',
    SigningCertURL: certificateUrl,
    UnsubscribeURL: `${HOST}/?Action=Unsubscribe`,
    ...fields,
  };
}

function confirmation(fields: Fields = {}): Fields {
  const query = new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: TOPIC, Token: 't' });
  const more = {
    Type: 'SubscriptionConfirmation',
    SubscribeURL: `${HOST}/?${query.toString()}`,
    Token: 't',
  };
  return notification({ ...more, ...fields });
}

/** The text that is signed is written down here once more, after Amazon's documentation. */
const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const HANDSHAKE = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
];

function sign(message: Fields, { key }: Pair = good, algorithm = 'RSA-SHA256'): Fields {
  const names = message['Type'] === 'Notification' ? NOTIFICATION : HANDSHAKE;
  const lines = names
    .filter((name) => message[name] !== undefined)
    .map((name) => `${name}\n${String(message[name])}\n`);
  const Signature = createSign(algorithm).update(lines.join('')).sign(key, 'base64');
  return { ...message, Signature };
}

function post(message: Fields | string, type?: string, path = 'ecr'): Promise<HttpAnswer> {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  const named = typeof message === 'string' ? 'Notification' : String(message['Type']);
  const headers = { 'content-type': 'application/json', 'x-amz-sns-message-type': type ?? named };
  return service.client.send('POST', `/webhooks/${path}`, headers, body);
}

function expectRefused(answer: HttpAnswer): void {
  const problem = { status: 401, code: 'authentication-failed', detail: REFUSAL };
  expect(Problem.parse(answer.json)).toMatchObject(problem);
}

describe(SnsProof, () => {
  it.each<[string, Fields]>([
    ['a notification', {}],
    ['a notification with a subject', { Subject: 'Push' }],
    ['59 minutes of retries', { Timestamp: new Date(START - 59 * MINUTE).toISOString() }],
    ['a message with line breaks and a letter of four bytes', { Message: 'a\nb\r\n\u{1f4e6}"\\' }],
  ])('takes %s', async (_title, fields) => {
    const answer = await post(sign(notification(fields)));

    expect(answer.status).toBe(202);
    expect(asked).toEqual([certificateUrl]);
  });

  it('fetches a certificate once', async () => {
    await post(sign(notification()));
    await post(sign(notification({ Message: 'two' })));

    expect(asked).toEqual([certificateUrl]);
  });

  it.each<[string, () => Fields | string]>([
    ['no signature', () => notification()],
    ['an empty signature', () => ({ ...notification(), Signature: '' })],
    ['a signature that is no base64', () => ({ ...notification(), Signature: '%%%' })],
    ['a changed message', () => ({ ...sign(notification()), Message: '{}' })],
    ['a changed id', () => ({ ...sign(notification()), MessageId: 'another' })],
    ['a subject that came later', () => ({ ...sign(notification()), Subject: 'Push' })],
    [
      'a subject that is gone',
      () => ({ ...sign(notification({ Subject: 'P' })), Subject: undefined }),
    ],
    [
      'a changed time',
      () => ({ ...sign(notification()), Timestamp: new Date(START).toISOString() }),
    ],
    ['the signature of somebody else', () => sign(notification(), others)],
    ['SHA-1, signed so', () => sign(notification({ SignatureVersion: '1' }), good, 'RSA-SHA1')],
    ['SHA-1 that says it is SHA-256', () => sign(notification(), good, 'RSA-SHA1')],
    ['no version', () => sign(notification({ SignatureVersion: undefined }))],
    ['a type that it is not', () => ({ ...sign(notification()), Type: 'UnsubscribeConfirmation' })],
    ['a type that nobody knows', () => sign(notification({ Type: 'Other' }))],
    ['a message that is no text', () => sign(notification({ Message: { a: 1 } }))],
    ['no JSON', () => '{'],
    ['a list', () => '[]'],
    ['a key __proto__', () => '{"__proto__":{}}'],
    ['nothing', () => ''],
  ])('refuses %s', async (_title, make) => {
    expectRefused(await post(make()));
  });

  it.each<[string, () => Fields]>([
    ['another topic', () => ({ TopicArn: TOPIC.replace('images', 'other') })],
    ['another account', () => ({ TopicArn: TOPIC.replace('1111', '9999') })],
    [
      'a time 61 minutes ago',
      () => ({ Timestamp: new Date(clock.now() - 61 * MINUTE).toISOString() }),
    ],
    [
      'a time in 61 minutes',
      () => ({ Timestamp: new Date(clock.now() + 61 * MINUTE).toISOString() }),
    ],
    ['no time', () => ({ Timestamp: 'yesterday' })],
    ...[
      certificateUrl.replace('https', 'http'),
      certificateUrl.replace('eu-central-1', 'us-east-1'),
      certificateUrl.replace('sns.', ''),
      certificateUrl.replace('amazonaws.com', 'amazonaws.com.evil.test'),
      certificateUrl.replace('amazonaws.com', 'amazonaws.com:8443'),
      certificateUrl.replace('amazonaws.com', 'amazonaws.com@evil.test'),
      certificateUrl.replace('https://', 'https://user:word@'),
      certificateUrl.replace('.pem', '.pem?x=1'),
      certificateUrl.replace('.pem', '.pem#x'),
      certificateUrl.replace('/Simple', '/bucket/Simple'),
      certificateUrl.replace('/Simple', '/../Simple/..%2f'),
      `${HOST}/`,
      'https://169.254.169.254/latest/meta-data',
      'file:///etc/ssl/cert.pem',
      'nothing',
    ].map((url): [string, () => Fields] => [
      `the certificate ${url}`,
      () => ({ SigningCertURL: url }),
    ]),
  ])('asks for no certificate and refuses %s', async (_title, fields) => {
    answers.set(String(fields()['SigningCertURL']), () => new Response(good.certificate));

    expectRefused(await post(sign(notification(fields()))));
    expect(asked).toEqual([]);
  });

  it('refuses a header that says something else', async () => {
    expectRefused(await post(sign(notification()), 'SubscriptionConfirmation'));
  });

  it('refuses what comes to an address with a secret', async () => {
    expectRefused(await post(sign(notification()), 'Notification', 'ecr/secret'));
  });

  it.each([
    ['that has ended', 3 * DAY],
    ['that has not begun', -DAY],
  ])('refuses a certificate %s', async (_title, shift) => {
    clock.advance(shift);

    expectRefused(await post(sign(notification())));
    expect(asked).toEqual([certificateUrl]);
  });

  it('refuses a known certificate when it ends', async () => {
    const before = await post(sign(notification()));
    clock.advance(3 * DAY);

    expect(before.status).toBe(202);
    expectRefused(await post(sign(notification())));
  });

  it('refuses a certificate that is not of RSA', async () => {
    answers.set(certificateUrl, () => new Response(curve.certificate));

    expectRefused(await post(sign(notification(), curve, 'SHA256')));
  });

  it('refuses a certificate that is not there', async () => {
    answers.clear();

    expectRefused(await post(sign(notification())));
  });

  it.each<[string, () => Response]>([
    ['answers 500', () => new Response('', { status: 500 })],
    ['answers 429', () => new Response('', { status: 429 })],
    ['sends no certificate', () => new Response('<html>')],
    ['sends a megabyte', () => new Response('x'.repeat(1e6))],
    [
      'cannot be reached',
      () => {
        throw new TypeError('fetch failed');
      },
    ],
  ])('says 503 when Amazon %s, and asks again after five seconds', async (_title, fault) => {
    answers.set(certificateUrl, fault);
    const first = await post(sign(notification()));
    const second = await post(sign(notification()));
    const before = asked.length;
    answers.set(certificateUrl, () => new Response(good.certificate));
    clock.advance(5_000);

    const third = await post(sign(notification()));

    expect([first.status, second.status, third.status]).toEqual([503, 503, 202]);
    expect(Problem.parse(first.json).code).toBe('issuer-unavailable');
    expect(before).toBe(1);
  });

  it('confirms a subscription', async () => {
    const message = sign(confirmation());
    answers.set(String(message['SubscribeURL']), () => new Response('<Confirmed/>'));

    const answer = await post(message);

    expect(answer.status).toBe(202);
    expect(asked).toEqual([certificateUrl, message['SubscribeURL']]);
  });

  it('says 503 when the confirmation does not reach Amazon', async () => {
    const message = sign(confirmation());
    answers.set(String(message['SubscribeURL']), () => new Response('', { status: 500 }));

    expect((await post(message)).status).toBe(503);
  });

  it.each([
    'https://sns.eu-central-1.amazonaws.com.evil.test/?Action=ConfirmSubscription&Token=t',
    `https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=t`,
    `http://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=t`,
    `${HOST}/?Action=DeleteTopic&TopicArn=${TOPIC}&Token=t`,
    `${HOST}/?Action=ConfirmSubscription&TopicArn=${CHINESE_TOPIC}&Token=t`,
    `${HOST}/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=other`,
    `${HOST}/path?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=t`,
    'http://169.254.169.254/',
  ])('never confirms at %s', async (SubscribeURL) => {
    answers.set(SubscribeURL, () => new Response(''));

    expectRefused(await post(sign(confirmation({ SubscribeURL }))));
    expect(asked).toEqual([certificateUrl]);
  });

  it('confirms nothing for a forged message', async () => {
    expectRefused(await post(sign(confirmation(), others)));
    expect(asked).toEqual([certificateUrl]);
  });

  it('takes the end of a subscription and does nothing about it', async () => {
    const answer = await post(
      sign(confirmation({ Type: 'UnsubscribeConfirmation', MessageId: 'the-end' })),
    );

    expect(answer.status).toBe(202);
    expect(asked).toEqual([certificateUrl]);
  });

  it('knows the hosts of China', async () => {
    const url = 'https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0123456789.pem';
    answers.set(url, () => new Response(good.certificate));
    const fields = { TopicArn: CHINESE_TOPIC, SigningCertURL: url };

    const answer = await post(sign(notification(fields)), 'Notification', 'cn');

    expect(answer.status).toBe(202);
  });
});

function makePair(...algorithm: readonly string[]): Pair {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-sns-'));
  const options = ['-nodes', '-days', '2', '-subj', '/CN=sns.amazonaws.com'];
  const files = ['-keyout', 'key.pem', '-out', 'certificate.pem'];
  execFileSync('openssl', ['req', '-x509', '-newkey', ...algorithm, ...options, ...files], {
    cwd: folder,
    stdio: 'pipe',
  });
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const pair = { key: read('key.pem'), certificate: read('certificate.pem') };
  rmSync(folder, { recursive: true });
  return pair;
}
