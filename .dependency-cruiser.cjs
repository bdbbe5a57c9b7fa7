/**
 * The import directions of docs/design.md. A room may import what its row lists, and itself.
 * @type {import('dependency-cruiser').IConfiguration}
 */

const ROOMS = {
  core: [],
  config: ['core', 'runtime'],
  runtime: ['core', 'config'],
  database: ['core', 'config', 'runtime'],
  http: ['core', 'config', 'runtime'],
  registry: ['core', 'config', 'runtime'],
  history: ['core', 'config', 'database', 'runtime', 'http'],
  tagging: ['core', 'config', 'database', 'runtime', 'http'],
  retention: ['core', 'config', 'database', 'runtime', 'http'],
  deliveries: ['core', 'config', 'database', 'runtime', 'http'],
  audit: ['core', 'config', 'database', 'runtime', 'http'],
  cli: ['core', 'config'],
};

/** Single files of another room that a room may use: ports, stores, types. */
const DOORS = {
  database: ['^src/[^/]+/[^/]+\\.entity\\.ts$', '^migrations/'],
  http: ['^src/registry/registry-error\\.ts$'],
  tagging: [
    '^src/registry/(image-registry|registry-error|registry\\.module)\\.ts$',
    '^src/history/[^/]+\\.(store|module|read-model)\\.ts$',
  ],
  retention: [
    '^src/registry/(image-registry|registry-error|registry\\.module)\\.ts$',
    '^src/history/[^/]+\\.(store|module|read-model)\\.ts$',
    '^src/tagging/(lease|renewed-lease|tagging\\.module)\\.ts$',
  ],
  deliveries: ['^src/tagging/(reconcile-queue|inbox|own-moves|tagging\\.module)\\.ts$'],
};

const roomRules = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `${room}-imports`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: {
    path: '^(src|migrations|test|scripts|bench)/',
    pathNot: [`^src/${room}/`, ...allowed.map((other) => `^src/${other}/`), ...(DOORS[room] ?? [])],
  },
}));

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypesNot: ['local'], pathNot: '(^|/)node_modules/(@types/)?semver/' },
    },
    {
      name: 'typeorm-only-at-the-store',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/database/|\\.(entity|store|read-model|module)\\.ts$',
      },
      to: { path: '(^|/)node_modules/(typeorm|@nestjs/typeorm|sqlite3)/' },
    },
    {
      name: 'http-to-registries-only-in-the-transport',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/api-client\\.ts$|^src/registry/' },
      to: { path: '(^|/)node_modules/undici/' },
    },
    {
      name: 'http-registry-only-through-its-module',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/registry/' },
      to: { path: '^src/registry/http-' },
    },
    {
      name: 'source-never-imports-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|bench)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { path: '^src/', orphan: true, pathNot: '^src/main\\.ts$' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    exclude: { path: '^dist/' },
  },
};
