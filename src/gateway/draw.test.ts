import { copiesOf, drawCall, partsOf } from './draw.ts';
import type { PromptArm, PromptEntry, RouteArm, RouteEntry } from './table.ts';

const common = { namespace: 'n', attempt: 1, epoch: 1, weight: 0, rescue: true };
const routeArm = (revision: string): RouteArm => ({ revision, backends: [] });
const route = (name: string, over: Partial<RouteEntry> = {}): RouteEntry => ({
  ...common,
  kind: 'ModelRoute',
  name,
  uid: name,
  stable: routeArm(`${name}-s`),
  ...over,
});
const promptArm = (revision: string, on: RouteEntry) =>
  ({ revision, route: on, render: () => ({}) }) as unknown as PromptArm;
const prompt = (on: RouteEntry, over: Partial<PromptEntry> = {}): PromptEntry => ({
  ...common,
  kind: 'PromptRelease',
  name: 'p',
  uid: 'p',
  stable: promptArm('p-s', on),
  ...over,
});
const keys = Array.from({ length: 400 }, (_, n) => `user-${n}`);
const copies = (called: PromptEntry | RouteEntry, key: string) =>
  copiesOf(drawCall(called, key), key).map(({ entry, revision, draw }) => [
    entry.name,
    revision,
    partsOf(draw).map((part) => part.revision),
  ]);

test('in shadow everybody is served by stable, and the share that a canary had served is copied', () => {
  const canary = route('r', { candidate: routeArm('r-c'), weight: 30 });
  const inShadow = { ...canary, shadow: true };
  for (const key of keys) {
    const drawn = drawCall(canary, key).route.side;
    expect(drawCall(inShadow, key).route.side).toBe('stable');
    expect(copies(inShadow, key)).toEqual(drawn === 'stable' ? [] : [['r', 'r-c', ['r-c']]]);
    expect(copies(canary, key)).toEqual([]);
  }
});

test("a prompt's candidate is tried on its own route, whose canary is drawn as for every call", () => {
  const [one, other] = [route('one'), route('other', { candidate: routeArm('other-c'), weight: 50 })];
  const shadowed = prompt(one, { candidate: promptArm('p-c', other), weight: 100, shadow: true });
  const seen = new Set<string>();
  for (const key of keys) {
    const [[name, revision, parts]] = copies(shadowed, key) as [[string, string, string[]]];
    expect([name, revision, parts[0]]).toEqual(['p', 'p-c', 'p-c']);
    const { side } = drawCall(other, key).route;
    expect(parts[1]).toBe(side === 'stable' ? 'other-s' : 'other-c');
    seen.add(parts[1]!);
  }
  expect(seen.size).toBe(2);
});

test("a route's candidate is tried with the prompt that was drawn", () => {
  const under = route('r', { candidate: routeArm('r-c'), weight: 100, shadow: true });
  const canary = prompt(under, { candidate: promptArm('p-c', under), weight: 50 });
  const drawn = new Set(keys.map((key) => JSON.stringify(copies(canary, key))));
  expect(drawn).toEqual(
    new Set([JSON.stringify([['r', 'r-c', ['p-s', 'r-c']]]), JSON.stringify([['r', 'r-c', ['p-c', 'r-c']]])]),
  );
});

test('each release in shadow has a copy of its own, with stable of the other', () => {
  const under = route('r', { candidate: routeArm('r-c'), weight: 100, shadow: true });
  const called = prompt(under, { candidate: promptArm('p-c', under), weight: 100, shadow: true });
  expect(copies(called, 'u')).toEqual([
    ['p', 'p-c', ['p-c', 'r-s']],
    ['r', 'r-c', ['p-s', 'r-c']],
  ]);
});
