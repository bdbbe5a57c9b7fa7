import { JenkinsSender } from '../../../src/deliveries/sources/jenkins.sender';
import { digestOf } from '../distribution-events';
import { jenkinsBuild } from '../payloads/jenkins';
import { badTokens, badUrlSecrets, goodTokens } from './bad-tokens';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { HOST, REFUSED, type SentRequest, SenderStage } from './sender-stage';
import { ACCEPTED, DUPLICATE, ignoredAs, REJECTED, repeatOf, verdictOn } from './verdict';

const OLD = 'the-part-of-the-url-that-was-first';
const NEW = 'the-part-of-the-url-that-is-now';
const OTHER = 'the-part-of-the-url-of-another-source';
const TOKEN = 'the-password-in-the-url-of-jenkins';

type Fields = Readonly<Record<string, unknown>>;

let stage: SenderStage;

beforeAll(async () => {
  const where = 'registry: local, allow: [local/team/**, local/api-release]';
  stage = await SenderStage.start({
    secrets: { OLD, NEW, OTHER, TOKEN },
    sources: {
      jenkins: `kind: jenkins, urlSecretFile: [./secrets/OLD, ./secrets/NEW], ${where}, images: { Web-Release: team/web }`,
      tokens: `kind: jenkins, tokenFile: ./secrets/TOKEN, ${where}`,
      other: 'kind: jenkins, urlSecretFile: ./secrets/OTHER, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

let lastNumber = 1_000;

/** A request about a build of its own. */
function from(build: Fields = {}, name?: unknown): SentRequest {
  lastNumber += 1;
  const own = { number: lastNumber, full_url: `https://jenkins.test/job/api/${lastNumber}/` };
  return { path: `jenkins/${NEW}`, body: jenkinsBuild({ ...own, ...build }, name) };
}

function withParameters(parameters: Fields): SentRequest {
  return from({ parameters });
}

describe(JenkinsSender, () => {
  it('takes the end of a build, and not the digest that it names', async () => {
    const { status, receipt, stored } = await stage.deliver(from());

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      ...{ source: 'jenkins', repository: 'local/team/api', tag: '2.4.1', digest: null },
      ...{ runUrl: null, status: 'pending' },
    });
  });

  it.each<[string, SentRequest, string, string | null]>([
    [
      'a host that is the registry',
      withParameters({ IMAGE_REPO: `${HOST}/team/api` }),
      'team/api',
      null,
    ],
    [
      'the tag behind the repository',
      withParameters({ IMAGE_REPO: `${HOST}/team/api:3.0.0`, IMAGE_TAG: '' }),
      ...(['team/api', '3.0.0'] as const),
    ],
    ['no tag', withParameters({ IMAGE_REPO: 'team/api' }), 'team/api', null],
    ['an empty tag', withParameters({ IMAGE_REPO: 'team/api', IMAGE_TAG: '' }), 'team/api', null],
    ['no parameters', from({ parameters: undefined }), 'api-release', null],
    ['a tag alone', withParameters({ IMAGE_REPO: '', IMAGE_TAG: '3.0.1' }), 'api-release', '3.0.1'],
    ['a job with capital letters', from({ parameters: {} }, 'Api-Release'), 'api-release', null],
    ['a job that has an image', from({ parameters: {} }, 'Web-Release'), 'team/web', null],
  ])('takes a build with %s', async (_title, request, path, tag) => {
    const { receipt } = await stage.deliver(request);

    expect(receipt).toMatchObject({ status: 'accepted', repository: `local/${path}`, tag });
  });

  it.each<[string, Fields]>([
    ['its URL', { number: 7, full_url: 'https://jenkins.test/job/api/7/' }],
    ['its job and number', { number: 8, full_url: undefined }],
  ])('knows a build by %s', async (_title, build) => {
    expect(await repeatOf(stage, from(build))).toEqual(DUPLICATE);
    expect(await verdictOn(stage, from({ ...build, number: 9 }))).toEqual(ACCEPTED);
  });

  it('takes the end of a build whose other phases it has ignored', async () => {
    const own = { number: 10, full_url: 'https://jenkins.test/job/api/10/' };
    await stage.deliver(from({ ...own, phase: 'STARTED', status: undefined }));
    await stage.deliver(from({ ...own, phase: 'COMPLETED' }));

    expect(await verdictOn(stage, from({ ...own, phase: 'FINALIZED' }))).toEqual(ACCEPTED);
  });

  it.each<[string, string, SentRequest]>([
    ...['QUEUED', 'STARTED', 'COMPLETED', 'NONE', 'x'.repeat(1_000)].map(
      (phase): [string, string, SentRequest] => [
        `the phase ${phase.slice(0, 20)}`,
        'type-unknown',
        from({ phase }),
      ],
    ),
    ...['FAILURE', 'UNSTABLE', 'ABORTED', 'NOT_BUILT', undefined].map(
      (status): [string, string, SentRequest] => [
        `a build that ended as ${String(status)}`,
        'not-successful',
        from({ status }),
      ],
    ),
    ['another registry', 'other-registry', withParameters({ IMAGE_REPO: 'ghcr.io/team/api' })],
    ['a registry inside', 'other-registry', withParameters({ IMAGE_REPO: 'localhost/team/api' })],
    [
      'a repository of others',
      'repository-not-allowed',
      withParameters({ IMAGE_REPO: 'others/api', IMAGE_TAG: '1.0.0' }),
    ],
    ['a job that is no image', 'repository-not-allowed', from({ parameters: {} }, 'nightly')],
  ])('ignores %s as %s', async (_title, code, request) => {
    expect(await verdictOn(stage, request)).toEqual(ignoredAs(code));
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ['no build', { name: 'api-release' }],
    ['a name that is a number', jenkinsBuild({}, 7)],
    ['a number that is a text', jenkinsBuild({ number: '88' })],
    ['a phase that is a list', jenkinsBuild({ phase: ['FINALIZED'] })],
    ['parameters that are a list', jenkinsBuild({ parameters: 'IMAGE_TAG=2.4.1' })],
    ['a tag that is a number', jenkinsBuild({ parameters: { IMAGE_TAG: 2 } })],
    ['a job with an illegal name', jenkinsBuild({ parameters: {} }, 'api release')],
    ...ILLEGAL_PATHS.filter((path) => path !== '').map(
      (IMAGE_REPO) =>
        [`the repository ${IMAGE_REPO}`, jenkinsBuild({ parameters: { IMAGE_REPO } })] as const,
    ),
    ...ILLEGAL_TAGS.map(
      (IMAGE_TAG) =>
        [
          `the tag ${IMAGE_TAG}`,
          jenkinsBuild({ parameters: { IMAGE_REPO: 'team/api', IMAGE_TAG } }),
        ] as const,
    ),
  ])('rejects %j', async (_title, body) => {
    expect(await verdictOn(stage, { path: `jenkins/${NEW}`, body })).toEqual(REJECTED);
  });

  it.each(['application/xml;charset=UTF-8', 'text/xml', 'text/plain'])(
    'cannot take %s',
    async (type) => {
      const headers = { 'content-type': type };

      expect((await stage.send({ ...from(), headers })).status).toBe(415);
    },
  );

  it.each([OLD, NEW])('takes the URL with %s while both count', async (secret) => {
    const request = { ...from(), path: `jenkins/${secret}` };

    expect(await verdictOn(stage, request)).toEqual(ACCEPTED);
  });

  it.each(badUrlSecrets(NEW, OTHER))('refuses %s like an unknown source', async (_title, end) => {
    expect(await stage.refusalOf({ ...from(), path: `jenkins${end}` })).toEqual(REFUSED);
  });

  it.each(goodTokens(TOKEN))('takes %s', async (_title, headers) => {
    expect(await verdictOn(stage, { ...from(), path: 'tokens', headers })).toEqual(ACCEPTED);
  });

  it.each(badTokens(TOKEN, NEW))('refuses %s like an unknown source', async (_title, headers) => {
    expect(await stage.refusalOf({ ...from(), path: 'tokens', headers })).toEqual(REFUSED);
  });

  it('reads every change of a real build', () => {
    const sender = new JenkinsSender(contextOf('http://127.0.0.1:1'));

    expect(() => {
      expectToReadMutations(sender, {}, jenkinsBuild());
    }).not.toThrow();
  });

  it('has a digest in its payload that is left there', () => {
    expect(JSON.stringify(jenkinsBuild())).toContain(digestOf('2.4.1'));
  });
});
