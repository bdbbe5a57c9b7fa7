import { randomUUID } from 'node:crypto';
import { CdeventsSender } from '../../../src/deliveries/sources/cdevents.sender';
import { signedHeaders } from '../../support/signed-webhook';
import { digestOf } from '../distribution-events';
import { artifactPublished, PURL, structured } from '../payloads/cdevents';
import { badTokens, goodTokens } from './bad-tokens';
import { BROKEN_BODIES, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { bytesOf, HOST, REFUSED, type SentRequest, SenderStage } from './sender-stage';
import { ACCEPTED, DUPLICATE, ignoredAs, REJECTED, repeatOf, verdictOn } from './verdict';

const OLD = 'the-token-that-the-pipeline-sent-first';
const NEW = 'the-token-that-the-pipeline-sends-now';
const OTHER = 'the-token-of-another-pipeline';
const SECRET = 'whsec_dGhlLXNlY3JldC10aGF0LWV2ZW50cy1hcmUtc2lnbmVkLWJ5';
const OTHER_SECRET = 'whsec_dGhlLXNlY3JldC1vZi1zb21lYm9keS1lbHNlLWVudGlyZWx5';

const DIGEST = encodeURIComponent(digestOf('2.4.1'));

type Headers = Readonly<Record<string, string>>;

let stage: SenderStage;

beforeAll(async () => {
  const where = 'registry: local, allow: [local/team/**]';
  stage = await SenderStage.start({
    secrets: { OLD, NEW, OTHER, SECRET, OTHER_SECRET },
    sources: {
      cdevents: `kind: cdevents, tokenFile: [./secrets/OLD, ./secrets/NEW], ${where}`,
      other: 'kind: cdevents, tokenFile: ./secrets/OTHER, registry: local, allow: [local/**]',
      signed: `kind: cdevents, secretFile: ./secrets/SECRET, ${where}`,
    },
  });
});

afterAll(() => stage.stop());

function from(body: unknown, headers: Headers = {}): SentRequest {
  return { path: 'cdevents', headers: { authorization: `Bearer ${NEW}`, ...headers }, body };
}

/** A CloudEvent in binary form: what `context` says stands in headers as well. */
function binary(body: unknown): SentRequest {
  return from(body, {
    ...{ 'ce-specversion': '1.0', 'ce-id': randomUUID(), 'ce-source': '/ci/acme' },
    'ce-type': 'dev.cdevents.artifact.published.0.3.0',
  });
}

function signedBy(secret: string, body: string, now?: number): SentRequest {
  const dated = now === undefined ? { secret } : { secret, now };
  return { path: 'signed', headers: signedHeaders(body, dated), body };
}

function purl(subjectId: string): unknown {
  return artifactPublished({}, subjectId);
}

describe(CdeventsSender, () => {
  it.each<[string, SentRequest]>([
    ['in binary form', binary(artifactPublished())],
    [
      'in structured form',
      from(structured(artifactPublished()), { 'content-type': 'application/cloudevents+json' }),
    ],
    [
      'as structured, but without the envelope',
      from(artifactPublished(), { 'content-type': 'application/cloudevents+json' }),
    ],
    ['as it is', from(artifactPublished())],
  ])('takes an artifact %s', async (_title, request) => {
    const { status, receipt, stored } = await stage.deliver(request);

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      ...{ source: 'cdevents', repository: 'local/team/api', tag: '2.4.1' },
      ...{ digest: digestOf('2.4.1'), status: 'pending' },
    });
  });

  it.each([
    ...['dev.cdevents.artifact.published.0.1.1', 'dev.cdevents.artifact.published.0.2.0'],
    ...['dev.cdevents.artifact.published.0.4.0-draft', 'dev.cdevents.artifact.published'],
  ])('takes the type %s', async (type) => {
    const context = { type, specversion: undefined, version: '0.4.1' };

    expect(await verdictOn(stage, from(artifactPublished(context)))).toEqual(ACCEPTED);
  });

  it.each<[string, string, string | null, string | null]>([
    [`pkg:oci/api@${DIGEST}?repository_url=${HOST}/team/api`, 'team/api', null, null],
    [`pkg:oci/api?repository_url=${HOST}/team/api&tag=1.0.0`, 'team/api', '1.0.0', null],
    [`pkg:oci/api?tag=1.0.0&repository_url=${HOST}/team&arch=amd64`, 'team/api', '1.0.0', null],
    [`pkg:oci/api?tag=1.0.0&repository_url=http://${HOST}/team/api/`, 'team/api', '1.0.0', null],
    [`pkg:oci/api?tag=1.0.0&repository_url=${HOST}%2Fteam%2Fapi`, 'team/api', '1.0.0', null],
    [`pkg:oci/team%2Fapi?tag=1.0.0&repository_url=${HOST}`, 'team/api', '1.0.0', null],
    [`pkg:oci/api?tag=1.0.0&repository_url=team/api`, 'team/api', '1.0.0', null],
    [
      `pkg:oci/api@${digestOf('x')}?tag=1.0.0&repository_url=team/api#sub`,
      'team/api',
      '1.0.0',
      digestOf('x'),
    ],
  ])('reads %s', async (id, path, tag, digest) => {
    const { receipt, stored } = await stage.deliver(from(purl(id)));

    expect(receipt).toMatchObject({ status: 'accepted', repository: `local/${path}`, tag });
    expect(stored.digest).toBe(digest);
  });

  it('knows an event by its source and id', async () => {
    const body = artifactPublished({ id: 'same' });

    expect(await repeatOf(stage, from(body), from(structured(body)))).toEqual(DUPLICATE);
    const elsewhere = artifactPublished({ id: 'same', source: '/ci/other' });
    expect(await verdictOn(stage, from(elsewhere))).toEqual(ACCEPTED);
  });

  it.each(['', 'an id', 'i'.repeat(201)])(
    'knows an event by its body where its id is "%s"',
    async (id) => {
      expect(await repeatOf(stage, from(artifactPublished({ id })))).toEqual(DUPLICATE);
    },
  );

  it.each<[string, string, unknown]>([
    ...[
      ...['dev.cdevents.artifact.packaged.0.2.0', 'dev.cdevents.artifact.deleted.0.1.0'],
      ...['dev.cdevents.pipelinerun.finished.0.2.0', 'dev.cdevents.artifact.publishedx'],
      ...['com.example.dev.cdevents.artifact.published', '', 'x'.repeat(1_000)],
    ].map((type): [string, string, unknown] => [
      `the type "${type.slice(0, 60)}"`,
      'type-unknown',
      { ...artifactPublished({ type }), subject: {} },
    ]),
    ['an npm package', 'no-image', purl('pkg:npm/api@2.4.1')],
    ['an image of Docker', 'no-image', purl('pkg:docker/team/api@2.4.1')],
    ['what is no package', 'no-image', purl('team/api:2.4.1')],
    ['the empty subject', 'no-image', purl('')],
    [
      'another registry',
      'other-registry',
      purl('pkg:oci/api?repository_url=ghcr.io/team/api&tag=2.4.1'),
    ],
    [
      'a registry inside',
      'other-registry',
      purl('pkg:oci/api?repository_url=169.254.169.254/team/api&tag=2.4.1'),
    ],
    ['another port', 'other-registry', purl('pkg:oci/api?repository_url=127.0.0.1:2&tag=2.4.1')],
    ['a repository of others', 'repository-not-allowed', purl('pkg:oci/api?tag=2.4.1')],
  ])('ignores %s as %s', async (_title, code, body) => {
    expect(await verdictOn(stage, from(body))).toEqual(ignoredAs(code));
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ...BROKEN_BODIES.slice(3, 8).map(
      ([title, body]) => [`data with ${title}`, `{"data":${body.toString('utf8')}}`] as const,
    ),
    ['a batch of events', [structured(artifactPublished())]],
    ['no context', { ...artifactPublished(), context: null }],
    ['no id', artifactPublished({ id: undefined })],
    ['a source that is a list', artifactPublished({ source: ['/ci/acme'] })],
    ['a type that is a number', artifactPublished({ type: 7 })],
    ['no subject', { ...artifactPublished(), subject: undefined }],
    ['a subject without an id', artifactPublished({}, null)],
    ['a short digest', purl(`pkg:oci/api@sha256%3Aaa?repository_url=${HOST}/team/api&tag=1`)],
    ['a digest of SHA-1', purl(`pkg:oci/api@sha1:aa?repository_url=${HOST}/team/api&tag=1`)],
    ['a version for a digest', purl(`pkg:oci/api@2.4.1?repository_url=${HOST}/team/api&tag=1`)],
    ...['team/%2e%2e', 'team//x', '%2e%2e/x', 'Team/x', 'team/x%00', 'team/%zz', '%c3%a9'].map(
      (place) =>
        [`the place ${place}`, purl(`pkg:oci/api?repository_url=${HOST}/${place}&tag=1`)] as const,
    ),
    ...ILLEGAL_TAGS.map(
      (tag) =>
        [
          `the tag ${tag}`,
          purl(`pkg:oci/api?repository_url=${HOST}/team/api&tag=${encodeURIComponent(tag)}`),
        ] as const,
    ),
  ])('rejects %j', async (_title, body) => {
    expect(await verdictOn(stage, from(body))).toEqual(REJECTED);
  });

  it.each(goodTokens(NEW))('takes %s', async (_title, headers) => {
    expect(await verdictOn(stage, from(artifactPublished(), headers))).toEqual(ACCEPTED);
  });

  it('takes the old token while both count', async () => {
    const headers = { authorization: `Bearer ${OLD}` };

    expect(await verdictOn(stage, from(artifactPublished(), headers))).toEqual(ACCEPTED);
  });

  it.each(badTokens(NEW, OTHER))('refuses %s like an unknown source', async (_title, headers) => {
    const request = { path: 'cdevents', headers, body: artifactPublished() };

    expect(await stage.refusalOf(request)).toEqual(REFUSED);
  });

  it('refuses the token in the query', async () => {
    const path = `cdevents?access_token=${NEW}`;

    expect((await stage.send({ path, body: artifactPublished() })).status).toBe(401);
  });

  it('takes a body that is signed as Standard Webhooks say', async () => {
    expect(
      await verdictOn(stage, signedBy(SECRET, bytesOf(artifactPublished()).toString())),
    ).toEqual(ACCEPTED);
  });

  it.each<[string, (body: string) => SentRequest]>([
    ['the secret of somebody else', (body) => signedBy(OTHER_SECRET, body)],
    ['a signature of ten minutes ago', (body) => signedBy(SECRET, body, Date.now() - 600_000)],
    ['a signature of another body', (body) => ({ ...signedBy(SECRET, `${body} `), body })],
    ['no signature', (body) => ({ path: 'signed', body })],
    [
      'the secret as a token',
      (body) => ({ path: 'signed', headers: { authorization: `Bearer ${SECRET}` }, body }),
    ],
  ])('refuses %s like an unknown source', async (_title, make) => {
    const request = make(bytesOf(artifactPublished()).toString());

    expect(await stage.refusalOf(request)).toEqual(REFUSED);
  });

  it.each<[string, unknown]>([
    ['event', artifactPublished()],
    ['event in structured form', structured(artifactPublished({}, PURL))],
  ])('reads every change of a real %s', (_title, payload) => {
    const sender = new CdeventsSender(contextOf('http://127.0.0.1:1'));

    expect(() => {
      expectToReadMutations(sender, {}, payload);
    }).not.toThrow();
  });
});
