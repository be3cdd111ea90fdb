import { type RevisionLabels, revisionSeries } from './series.ts';
import type { Table } from './table.ts';

const labels = (namespace: string, over: Partial<RevisionLabels> = {}): RevisionLabels => ({
  kind: 'ModelRoute',
  namespace,
  release: 'r',
  revision: 'r-1',
  ...over,
});
const EMPTY: Table = { find: () => undefined, models: () => [], entries: new Map() };

test('the same object comes back for the same revision, and for no other of its name', () => {
  const series = revisionSeries(() => {});
  const first = labels('a');
  expect(series.used(first)).toBe(first);
  expect(series.used(labels('a'))).toBe(first);
  for (const other of [
    labels('b'),
    labels('a', { kind: 'PromptRelease' }),
    labels('a', { release: 's' }),
    labels('a', { revision: 'r-2' }),
  ])
    expect(series.used(other)).toBe(other);
  expect(series.used(labels('a'))).toBe(first);
});

test('of revisions of one name those go that nothing is served by', () => {
  let now = 0;
  const removed: RevisionLabels[] = [];
  const series = revisionSeries((gone) => removed.push(gone), { keptMs: 100, now: () => now });
  const [a, b] = [series.used(labels('a')), series.used(labels('b'))];
  now = 60;
  series.used(labels('b'));
  now = 100;
  series.follow(EMPTY);
  expect(removed).toEqual([a]);
  expect(series.used(labels('b'))).toBe(b);
  expect(series.used(labels('a'))).not.toBe(a);
  now = 300;
  series.follow(EMPTY);
  expect(removed).toHaveLength(3);
});
