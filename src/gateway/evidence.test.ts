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
  book.charge(entry(), 'a', 'success', false);
  const split = entry({ attempt: 2, weight: 5 });
  book.charge(split, 'a', 'success', true);
  book.charge(split, 'b', 'upstream_5xx', false);
  book.charge(split, 'b', 'upstream_5xx', false);
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

test('attempts before the last are forgotten, and so are releases that are gone', () => {
  const book = evidenceBook('g', 's');
  for (const attempt of [1, 2, 3]) book.charge(entry({ attempt }), 'a', 'success', false);
  const table = tableOf(entry({ attempt: 3 }));
  expect(book.reading(table).releases[0]?.cells.map(({ attempt }) => attempt)).toEqual([2, 3]);
  book.follow(tableOf());
  expect(book.reading(table).releases[0]?.cells).toEqual([]);
});

test('a release that is not served is not reported', () => {
  expect(evidenceBook('g', 's').reading(tableOf(), ['other']).releases).toEqual([]);
});
