import fc from 'fast-check';
import { parseSpec } from './parse-spec.ts';
import { KIND_NAMES } from './resource.ts';

const release = {
  routeRef: { name: 'fast' },
  prompt: { messages: [{ role: 'system', content: 'Triage.' }] },
};
const strict = (fields: object) =>
  parseSpec('PromptRelease', { ...release, ...fields }, { strict: true }).problems?.map(
    ({ path, message }) => `${path}: ${message}`,
  );

test('a good spec comes back as it is', () => {
  expect(parseSpec('PromptRelease', release, { strict: true })).toEqual({ spec: release });
});

test.each([
  [
    { rollout: { steps: [{ weight: 5 }, { weight: 250 }] } },
    'spec.rollout.steps[1].weight: must be at most 100, not 250',
  ],
  [
    { rollout: { steps: [{ weight: '5' }] } },
    'spec.rollout.steps[0].weight: must be a number, not "5": write it without quotes',
  ],
  [
    { rollout: { steps: [{ weight: 2.5 }] } },
    'spec.rollout.steps[0].weight: must be a whole number, not 2.5',
  ],
  [
    { rollout: { steps: [{ weight: 5, pause: {} }] } },
    'spec.rollout.steps[0]: a step has either a weight or a pause',
  ],
  [{ rollout: { steps: [] } }, 'spec.rollout.steps: must have at least one entry'],
  [
    { rollout: { deadline: 'soon' } },
    'spec.rollout.deadline: must be a duration such as 90s, 5m or 1h30m, not "soon"',
  ],
  [
    { rollout: { paused: 'true' } },
    'spec.rollout.paused: must be true or false, not "true": write it without quotes',
  ],
  [{ prompt: undefined }, 'spec: give either prompt or promptFrom'],
  [{ promptTemplate: {} }, 'spec.promptTemplate: unknown field: remove it or correct its name'],
  [{ 'a b\nc': 1 }, 'spec["a b\\nc"]: unknown field: remove it or correct its name'],
])('%j is named with its field and a remedy', (fields, expected) => {
  expect(strict(fields)).toEqual([expected]);
});

test.each([undefined, null, 7, 'text', []])('a spec of %j is a problem, not an exception', (raw) => {
  expect(parseSpec('ModelRoute', raw, { strict: false }).problems?.[0].path).toBe('spec');
});

test('what is unknown is left out of a live object, at every depth, and the rest is still checked', () => {
  const future = { ...release, novel: 1, rollout: { novel: 2, steps: [{ weight: 5, novel: 3 }] } };
  expect(parseSpec('PromptRelease', future, { strict: false }).spec).toEqual({
    ...release,
    rollout: { steps: [{ weight: 5 }] },
  });
  expect(future.rollout.steps[0]).toHaveProperty('novel');
  const bad = { ...future, rollout: { novel: 2, steps: [{ novel: 3 }] } };
  expect(parseSpec('PromptRelease', bad, { strict: false }).problems?.map(({ path }) => path)).toEqual([
    'spec.rollout.steps[0]',
  ]);
});

test('a field that is null counts as left out, an entry of a list or of something freeform does not', () => {
  const parsed = (fields: object) => parseSpec('PromptRelease', { ...release, ...fields }, { strict: true });
  expect(parsed({ rollout: { steps: null, strategy: null, bake: { duration: null } } }).spec).toEqual({
    ...release,
    rollout: { bake: {} },
  });
  expect(parsed({ parameters: { stop: null } }).spec).toEqual({ ...release, parameters: { stop: null } });
  expect(strict({ routeRef: null })).toEqual(['spec.routeRef: is required']);
  expect(strict({ rollout: { steps: [null] } })).toEqual([
    'spec.rollout.steps[0]: must be an object, not null: give it a value',
  ]);
});

test('characters are counted as the API server does', () => {
  const owner = (team: string) => strict({ owner: { team } });
  expect(owner('😀'.repeat(63))).toBeUndefined();
  expect(owner('😀'.repeat(64))).toEqual(['spec.owner.team: must have at most 63 characters']);
  expect(owner('')).toEqual(['spec.owner.team: must not be empty']);
});

const fields = [
  'rollout',
  'steps',
  'weight',
  'pause',
  'prompt',
  'messages',
  'backends',
  'name',
  'models',
  '__proto__',
];
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...fields), fc.string()), tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('whatever is handed in, there is an answer, in single lines, and the input stays as it was', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KIND_NAMES), anything, fc.boolean(), (kind, raw, strictly) => {
      const before = JSON.stringify(raw);
      const { spec, problems } = parseSpec(kind, raw, { strict: strictly });
      expect(JSON.stringify(raw)).toBe(before);
      expect(spec === undefined).toBe(problems !== undefined);
      for (const { path, message } of problems ?? []) expect(`${path}: ${message}`).not.toContain('\n');
    }),
  );
});
