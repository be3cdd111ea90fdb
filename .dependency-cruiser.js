// Which folder of src/ may import which others. Everything points downwards, so that a part can be read, tested and
// changed with only the parts above it in this table in mind. `npm run layers` holds it.
const mayImport = {
  lib: [],
  api: ['lib'],
  decision: ['api', 'lib'],
  rollout: ['api', 'lib'],
  cost: ['api', 'lib'],
  drift: ['lib'],
  privacy: ['lib'],
  traits: ['lib'],
  evals: ['api', 'lib'],
  evidence: ['decision', 'rollout', 'api', 'lib', 'store', 'gateway'],
  store: ['decision', 'rollout', 'api', 'lib', 'evidence'],
  gateway: ['decision', 'rollout', 'cost', 'privacy', 'traits', 'api', 'lib', 'evidence', 'store'],
  controllers: ['gateway', 'store', 'evidence', 'rollout', 'decision', 'api', 'lib'],
  evaluator: [
    'rollout',
    'controllers',
    'gateway',
    'store',
    'evidence',
    'evals',
    'drift',
    'privacy',
    'traits',
    'cost',
    'decision',
    'api',
    'lib',
  ],
  check: ['evaluator', 'gateway', 'evals', 'privacy', 'cost', 'api', 'lib'],
  plugin: ['store', 'rollout', 'api', 'lib'],
  install: ['api', 'lib'],
  simulator: ['lib'],
  demo: ['simulator', 'controllers', 'gateway', 'store', 'evidence', 'rollout', 'decision', 'api', 'lib'],
  cli: [
    'plugin',
    'check',
    'evaluator',
    'evals',
    'cost',
    'demo',
    'simulator',
    'controllers',
    'gateway',
    'store',
    'evidence',
    'rollout',
    'decision',
    'api',
    'lib',
  ],
};

const folders = Object.keys(mayImport).join('|');
// Tests may use what they like, the simulator for one.
const testFiles = '\\.test\\.ts$';

const layers = Object.entries(mayImport).map(([folder, others]) => ({
  name: `${folder}-imports-downwards`,
  severity: 'error',
  comment: `src/${folder} may import from ${others.map((other) => `src/${other}`).join(', ') || 'nothing in src'}.`,
  from: { path: `^src/${folder}/`, pathNot: testFiles },
  to: { path: '^(src|test)/', pathNot: `^src/(${[folder, ...others].join('|')})/` },
}));

export default {
  forbidden: [
    ...layers,
    {
      name: 'folder-has-a-layer',
      severity: 'error',
      comment: 'Give a new folder of src/ its place in .dependency-cruiser.js.',
      from: { path: '^src/', pathNot: `^src/(${folders})/` },
      to: {},
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Move what both need into a file of its own. Imports of types count.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'only-the-kubernetes-store-knows-its-client',
      severity: 'error',
      comment: 'It costs half a second and 135 MB to load; the rest knows only the interfaces of src/store.',
      from: { path: '^src/', pathNot: '^src/store/kubernetes/' },
      to: { path: '@kubernetes/client-node' },
    },
    {
      name: 'only-the-redis-store-knows-its-client',
      severity: 'error',
      comment: 'It costs a fifth of a second and 27 MB to load; the rest knows only src/store/counts.ts.',
      from: { path: '^src/', pathNot: '^src/store/redis/' },
      to: { path: '@redis/client' },
    },
    {
      name: 'pure-parts-do-no-io',
      severity: 'error',
      comment: 'Decisions and plans take what they need as arguments.',
      from: { path: '^src/(decision|rollout|cost|drift|evals)/', pathNot: testFiles },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-development-dependency-at-run-time',
      severity: 'error',
      comment: 'What is shipped imports only `dependencies`.',
      from: { path: '^src/', pathNot: testFiles },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'The import leads nowhere.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // dependency-cruiser's own way to read TypeScript ends with version 6; it reads 7 with the parser the tests use.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
