import { evidenceBook } from './evidence.ts';
import type { RouteEntry, Table } from './table.ts';

const entry = (over: Partial<RouteEntry> = {}): RouteEntry => ({
  kind: 'ModelRoute',
  namespace: 'n',
  name: 'r',
  uid: 'u',
  attempt: 1,
  epoch: 3,
  weight: 0,
  stable: { revision: 'a', backends: [] },
  rescue: true,
  ...over,
});
const tableOf = (...entries: RouteEntry[]): Table => ({
  find: () => undefined,
  models: () => [],
  entries: new Map(entries.map((each) => [each.uid, each])),
});

test('counts by revision and by the split that a call was drawn from', () => {
  const book = evidenceBook('g', 's');
  book.charge(entry(), 'a', { outcome: 'success', schemaChecked: false });
  const split = entry({ attempt: 2, weight: 5 });
  book.charge(split, 'a', { outcome: 'success', schemaChecked: true });
  book.charge(split, 'b', { outcome: 'upstream_5xx', schemaChecked: false });
  book.charge(split, 'b', { outcome: 'upstream_5xx', schemaChecked: false });
  expect(book.reading(tableOf(split), ['u'])).toEqual({
    replica: 'g',
    startId: 's',
    releases: [
      {
        uid: 'u',
        serving: { attempt: 2, weight: 5, epoch: 3, stable: 'a' },
        cells: [
          { attempt: 1, weight: 0, revision: 'a', outcomes: { success: 1 }, schemaChecked: 0 },
          { attempt: 2, weight: 5, revision: 'a', outcomes: { success: 1 }, schemaChecked: 1 },
          { attempt: 2, weight: 5, revision: 'b', outcomes: { upstream_5xx: 2 }, schemaChecked: 0 },
        ],
      },
    ],
  });
});

test('attempts before the last are forgotten, and calls of theirs that end late', () => {
  const book = evidenceBook('g', 's');
  for (const attempt of [1, 2, 3, 1, 2])
    book.charge(entry({ attempt }), 'a', { outcome: 'success', schemaChecked: false });
  const cells = book.reading(tableOf(entry({ attempt: 3 }))).releases[0]!.cells;
  expect(cells.map(({ attempt, outcomes }) => [attempt, outcomes.success])).toEqual([
    [2, 2],
    [3, 1],
  ]);
});

test('a release that is back soon goes on counting, one that stays away is forgotten', () => {
  let now = 0;
  const book = evidenceBook('g', 's', () => now);
  const there = tableOf(entry());
  const counted = () => book.reading(there).releases[0]?.cells.map(({ outcomes }) => outcomes);
  book.charge(entry(), 'a', { outcome: 'success', schemaChecked: false });
  for (const at of [0, 599_999]) {
    now = at;
    book.follow(tableOf());
  }
  book.follow(there);
  now = 1_000_000;
  book.follow(tableOf());
  book.charge(entry(), 'a', { outcome: 'success', schemaChecked: false });
  expect(counted()).toEqual([{ success: 2 }]);
  now = 1_600_000;
  book.follow(tableOf());
  expect(counted()).toEqual([]);
});

test('a reading does not change with later calls', () => {
  const book = evidenceBook('g', 's');
  book.charge(entry(), 'a', { outcome: 'success', schemaChecked: false });
  const before = book.reading(tableOf(entry()));
  book.charge(entry(), 'a', { outcome: 'success', schemaChecked: false });
  expect(before.releases[0]?.cells[0]?.outcomes).toEqual({ success: 1 });
});

test('a release that is not served is not reported', () => {
  expect(evidenceBook('g', 's').reading(tableOf(), ['other']).releases).toEqual([]);
});
