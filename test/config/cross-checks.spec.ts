import { crossCheck } from '../../src/config/cross-checks';
import { ConfigFolder } from './config-folder';

const REGISTRY = 'registries: { local: { url: http://localhost:5000 } }\n';
const POLICY = '{ rules: [{ class: release, keep: { any: [{ newest: 1 }] } }] }';

const CONTRADICTIONS: readonly (readonly [yaml: string, fault: string])[] = [
  [
    'repositories: [{ match: lcal/* }]',
    '2:25 repositories[0].match: no registry "lcal" under registries; did you mean `local`?',
  ],
  [
    'repositories: [{ match: other/* }]',
    '2:25 repositories[0].match: no registry "other" under registries; allowed: local',
  ],
  [
    'repositories: [{ match: local/*/ui }, { match: local/gallery/* }]',
    '2:48 repositories[1].match: "local/gallery/*" and "local/*/ui" (repositories[0].match) match the same repositories and neither is more specific; make one of them more specific',
  ],
  [
    'repositories: [{ match: local/ui }, { match: local/ui }]',
    '2:46 repositories[1].match: "local/ui" and "local/ui" (repositories[0].match) match the same repositories and neither is more specific; make one of them more specific',
  ],
  [
    'repositories: [{ match: local/ui, levels: [minor, latest, minor] }]',
    '2:59 repositories[0].levels[2]: "minor" is given twice; allowed: every one once',
  ],
  [
    'repositories: [{ match: local/ui, retention: { policy: a } }]',
    '2:56 repositories[0].retention.policy: no policy "a" under retention.policies; none is configured',
  ],
  [
    `repositories: [{ match: local/ui, retention: { policy: servics } }]\nretention: { policies: { services: ${POLICY} } }`,
    '2:56 repositories[0].retention.policy: no policy "servics" under retention.policies; did you mean `services`?',
  ],
  [
    'sources: { ev: { kind: distribution, token: "${T}", registry: locl, allow: [local/*] } }',
    '2:63 sources.ev.registry: no registry "locl" under registries; did you mean `local`?',
  ],
  [
    'tokens: [{ name: a, token: "${T}", scopes: [read] }, { name: a, token: "${T}", scopes: [read] }]',
    '2:62 tokens[1].name: "a" is given twice; allowed: every one once',
  ],
];

describe(crossCheck.name, () => {
  const env = { T: 'token' };
  let folder: ConfigFolder;

  beforeAll(() => {
    folder = new ConfigFolder();
  });

  afterAll(() => {
    folder.remove();
  });

  it.each(CONTRADICTIONS)('refuses %s', (yaml, fault) => {
    expect(folder.reportOf(REGISTRY + yaml, env)).toEqual([fault]);
  });

  it.each([
    ['a wildcard in the place of the registry', 'repositories: [{ match: "*/ui" }]'],
    [
      'nested patterns',
      'repositories: [{ match: local/** }, { match: local/* }, { match: local/ui }]',
    ],
    [
      'equal patterns that never meet',
      'repositories: [{ match: local/a/* }, { match: local/b/* }]',
    ],
  ])('accepts %s', (_what, yaml) => {
    expect(() => folder.load(REGISTRY + yaml)).not.toThrow();
  });

  it('checks names between settings although other settings are wrong', () => {
    const report = folder.reportOf(
      `${REGISTRY}repositories:\n  - { match: lcal/*, levels: [patch] }\n  - { match: lcal/*, x: 1 }`,
    );

    expect(report.map((fault) => fault.slice(0, fault.indexOf(': ')))).toEqual([
      '3:14 repositories[0].match',
      '3:31 repositories[0].levels[0]',
      '4:14 repositories[1].match',
      '4:14 repositories[1].match',
      '4:22 repositories[1].x',
    ]);
  });

  it('says nothing about names of a section that is wrong as a whole', () => {
    const yaml =
      'registries: 1\nretention: []\nrepositories: [{ match: a/b, retention: { policy: c } }]';

    expect(folder.reportOf(yaml)).toEqual([
      '1:13 registries: 1 is not allowed here; allowed: a group of keys',
      '2:12 retention: an empty list is not allowed here; allowed: a group of keys',
    ]);
  });
});
