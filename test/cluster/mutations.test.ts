import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { parseManifests } from '../../src/api/manifest.ts';
import { KIND_NAMES, KINDS, type Kind } from '../../src/api/resource.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { mutated, type Schema } from '../corpus/mutate.ts';
import { eventually } from '../eventually.ts';
import { provider, release, route, type Stage, startStage } from './stage.ts';

/** Another draw: `SLUICE_TEST_SEED=7`. */
const SEED = Number(process.env.SLUICE_TEST_SEED ?? 1);
const EACH = 80;
const EDITED = 60;

interface Drawn {
  apiVersion: string;
  kind: Kind;
  metadata: { name: string; namespace?: string };
  spec: object;
}

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(await sharedControlPlane(), [{ match: {}, answer: 'Hello' }]);
}, 120_000);
afterAll(() => stage?.stop());

async function schemaOf(kind: Kind): Promise<{ spec: Schema; status: Schema }> {
  const file = join(import.meta.dirname, `../../crds/sluice.dev_${KINDS[kind].plural}.yaml`);
  const crd = load(await readFile(file, 'utf8')) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema; status: Schema } } } }[] };
  };
  return crd.spec.versions[0]!.schema.openAPIV3Schema.properties;
}

const whole: Record<Kind, (name: string) => object> = {
  PromptRelease: (name) =>
    release(name, 'Hello {{product}}', {
      spec: {
        owner: { team: 'support' },
        prompt: {
          messages: [{ role: 'system', content: 'Hello {{product}}' }, { placeholder: 'messages' }],
          variables: { type: 'object', properties: { product: { type: 'string', default: 'Acme' } } },
          responseSchema: { type: 'object' },
        },
        parameters: { temperature: 0.2 },
        budgets: { dailyUSD: '50', perCallUSD: '1', chain: { costUSD: '2', total: '1m' }, onLimit: 'Warn' },
      },
      rollout: {
        steps: [{ weight: 20, minDuration: '1s', minCalls: 0 }, { pause: { duration: '1s' } }],
        guardrails: [
          { name: 'errors', metric: 'ErrorRate', limit: '5%', tolerance: { relative: '25%' } },
          { name: 'own', prometheus: { bad: 'bad{r="$revision"}', total: 'all{r="$revision"}' } },
        ],
        bake: { duration: '1s', holdback: 5 },
        stickyBy: { header: 'x-user' },
        rollback: { mode: 'Auto' },
      },
    }),
  ModelRoute: (name) => {
    const object = route('model-a', name);
    const budgets = { firstToken: '10s', total: '30s', dailyUSD: '50', onLimit: 'Warn' };
    const patterns = [{ name: 'CUSTOMER_ID', regex: 'C-[0-9]{6}' }];
    const presidio = {
      url: 'http://presidio:3000',
      entities: ['PERSON'],
      language: 'en',
      minScore: '0.5',
      timeout: '2s',
    };
    const privacy = { redact: ['EMAIL'], patterns, presidio, action: 'Redact', logContent: 'Hash' };
    return { ...object, spec: { ...object.spec, budgets, privacy } };
  },
  ModelProvider: (name) => {
    const object = provider(stage.simulator.baseURL, 'sim', name);
    const models = [{ name: 'm', pricesPerMillion: { input: '0.25' }, retiresOn: '2027-02-01' }];
    return { ...object, spec: { ...object.spec, models, probe: { interval: '1h' } } };
  },
  EvalSuite: (name) => ({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'EvalSuite',
    metadata: { name },
    spec: {
      cases: [
        { name: 'one', vars: { product: 'Acme' }, assert: [{ type: 'contains', value: 'Acme', weight: 2 }] },
        { name: 'two', messages: [{ role: 'user', content: 'Hello' }], threshold: 0.5 },
      ],
      assert: [{ type: 'not-is-refusal' }],
      judge: { providerRef: { name: 'sim' }, model: 'judge-1' },
      gate: { risk: '5%', tolerance: '0.02', minScore: '0.8' },
      live: { share: '20%', slices: [{ name: 'german', variable: 'language', value: 'de' }] },
      schedule: {
        every: '24h',
        releases: [{ kind: 'PromptRelease', name: 'bystander' }],
        watch: { share: '50%', window: '12h', variables: ['language'] },
      },
    },
  }),
};

async function drawnObjects(): Promise<Drawn[]> {
  const random = seededRandom(SEED);
  const drawn: Drawn[] = [];
  for (const kind of KIND_NAMES) {
    const { spec } = await schemaOf(kind);
    for (let n = 0; n < EACH; n++) {
      const object = whole[kind](`drawn-${KINDS[kind].shortName}-${n}`) as Drawn;
      drawn.push({ ...object, kind, spec: mutated(object.spec, spec, random) });
    }
  }
  return drawn;
}

/** Applies all of them at once; the API server decides of each by itself. */
async function apply(objects: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await stage.cluster.kubectl(['-n', stage.namespace, 'create', '--validate=ignore', '-f', '-'], { input });
}

/** Which of the objects the API server has. */
async function accepted(objects: readonly Drawn[]): Promise<Set<string>> {
  const there = new Set((await listed()).map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  return new Set(objects.map(title).filter((each) => there.has(each)));
}

const title = ({ kind, metadata }: Drawn) => `${kind}/${metadata.name}`;

interface Seen {
  kind: Kind;
  metadata: { name: string; generation: number };
  status?: { observedGeneration?: number; conditions?: { type: string }[]; traffic?: { weight: number }[] };
}

async function listed(): Promise<Seen[]> {
  const kinds = KIND_NAMES.map((kind) => KINDS[kind].plural).join(',');
  return (JSON.parse(await stage.kubectl('get', kinds, '-o', 'json')) as { items: Seen[] }).items;
}

/** Those that the operator has not yet said anything of, at the spec that they have. */
async function unseen(titles: ReadonlySet<string>): Promise<string[]> {
  return (
    (await listed())
      // The operator leaves suites to others.
      .filter(({ kind, metadata }) => kind !== 'EvalSuite' && titles.has(`${kind}/${metadata.name}`))
      .filter(
        ({ metadata, status }) =>
          status?.observedGeneration !== metadata.generation || !status.conditions?.length,
      )
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
  );
}

/** A rollout of a release that nothing is wrong with, from one content to the next. */
async function bystander(content: string): Promise<void> {
  const rollout = { steps: [{ weight: 50, minDuration: '1s', minCalls: 0 }] };
  await stage.apply(release('bystander', content, { rollout }));
  const { metadata } = await stage.get('prel', 'bystander');
  await stage.until(
    'prel',
    'bystander',
    ({ status }) => status?.phase === 'Healthy' && status.observedGeneration === metadata.generation,
  );
}

test(`objects broken at random (seed ${SEED}) are refused or told what is wrong, and nothing else stops`, async () => {
  await bystander('one');
  const callers = stage.call('bystander', 20);
  const objects = await drawnObjects();
  await apply(objects);
  const kept = await accepted(objects);
  // Without both there would be nothing to see.
  expect(kept.size).toBeGreaterThan(objects.length / 10);
  expect(kept.size).toBeLessThan((objects.length * 9) / 10);

  // The schemas that serve where there is no API server say the same of each.
  const differing = objects.filter((object) => {
    const problems = parseManifests(JSON.stringify(object), title(object)).flatMap((each) => each.problems);
    return (problems.length === 0) !== kept.has(title(object));
  });
  expect(differing).toEqual([]);

  let waiting: string[] = [];
  await eventually(
    () => `nothing is said of ${waiting.join(', ')}\n${stage.operator.output().slice(-3000)}`,
    async () => {
      waiting = await unseen(kept);
      return waiting.length === 0;
    },
    60_000,
    500,
  );
  await bystander('two');
  await callers.stop();
  expect(callers.errors()).toEqual([]);
}, 240_000);

test(`statuses broken at random (seed ${SEED}) stop nothing else, and end up whole`, async () => {
  const names = Array.from({ length: EDITED }, (_, n) => `edited-${n}`);
  await apply(names.map((name) => release(name, `good ${name}`)));
  for (const name of names) await stage.until('prel', name, ({ status }) => status?.phase === 'Healthy');
  const callers = stage.call('bystander', 20);
  const random = seededRandom(SEED);
  const { status: schema } = await schemaOf('PromptRelease');
  const broken = (await listed())
    .filter(({ metadata }) => names.includes(metadata.name))
    .map((object) => ({ ...object, status: mutated(object.status ?? {}, schema, random) }));
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: broken });
  const { stdout } = await stage.cluster.kubectl(
    ['-n', stage.namespace, 'replace', '--subresource=status', '--validate=ignore', '-f', '-'],
    { input },
  );
  expect(stdout.trim().split('\n').length).toBeGreaterThan(EDITED / 10);

  let wrong: Seen[] = [];
  await eventually(
    () => `${JSON.stringify(wrong, null, 1)}\n${stage.operator.output().slice(-3000)}`,
    async () => {
      wrong = (await listed())
        .filter(({ metadata }) => names.includes(metadata.name))
        .filter(({ metadata, status }) => {
          const shares = status?.traffic?.reduce((sum, { weight }) => sum + weight, 0);
          return shares !== 100 || status?.observedGeneration !== metadata.generation;
        });
      return wrong.length === 0;
    },
    60_000,
    500,
  );
  for (const model of names) {
    const response = await fetch(`${stage.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: `${stage.namespace}/${model}`, messages: [] }),
    });
    expect([model, response.status, await response.text()]).toEqual([model, 200, expect.any(String)]);
  }
  await bystander('three');
  await callers.stop();
  expect(callers.errors()).toEqual([]);
}, 240_000);
