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

describe('counts at rest', () => {
  const HOUR = 3_600_000;
  let now = 0;
  const charge = (book: ReturnType<typeof evidenceBook>, drawn: RouteEntry, latencyMs = 10) =>
    book.charge(drawn, 'a', { outcome: 'success', schemaChecked: true, latencyMs });
  const cells = (book: ReturnType<typeof evidenceBook>, drawn: RouteEntry) =>
    book.reading(tableOf(drawn)).releases[0]?.cells ?? [];
  const counted = (book: ReturnType<typeof evidenceBook>, drawn: RouteEntry) =>
    cells(book, drawn).map(({ attempt, weight, outcomes }) => [attempt, weight, outcomes.success]);
  beforeEach(() => {
    now = 0;
  });

  test('are those of this hour and of the one before, added up', () => {
    const book = evidenceBook('g', 's', () => now);
    for (const at of [0, 0.5, 1.2, 1.9]) {
      now = at * HOUR;
      charge(book, entry(), 10 + at * 1000);
    }
    expect(counted(book, entry())).toEqual([[1, 0, 4]]);
    expect(cells(book, entry())[0]).toMatchObject({
      schemaChecked: 4,
      latency: { 26: 1, 71: 1, 81: 1, 87: 1 },
    });
    now = 2 * HOUR;
    expect(counted(book, entry())).toEqual([[1, 0, 2]]);
    now = 3 * HOUR - 1;
    expect(counted(book, entry())).toEqual([[1, 0, 2]]);
    now = 3 * HOUR;
    expect(counted(book, entry())).toEqual([]);
  });

  test('after hours without a call nothing is left', () => {
    const book = evidenceBook('g', 's', () => now);
    charge(book, entry());
    now = 9.5 * HOUR;
    charge(book, entry());
    expect(counted(book, entry())).toEqual([[1, 0, 1]]);
    now = 10.9 * HOUR;
    expect(counted(book, entry())).toEqual([[1, 0, 1]]);
  });

  test('stand still while a rollout is under way, whose own never fade', () => {
    const book = evidenceBook('g', 's', () => now);
    charge(book, entry());
    now = 0.9 * HOUR;
    const split = entry({ attempt: 2, weight: 5, candidate: { revision: 'b', backends: [] } });
    book.follow(tableOf(split));
    charge(book, split);
    now = 50 * HOUR;
    charge(book, split);
    expect(counted(book, split)).toEqual([
      [1, 0, 1],
      [2, 5, 2],
    ]);
    // At rest again: what was before the rollout is old by now, what the rollout counted stays.
    const after = entry({ attempt: 2 });
    book.follow(tableOf(after));
    charge(book, after);
    expect(counted(book, after)).toEqual([
      [2, 5, 2],
      [2, 0, 1],
    ]);
  });

  test('are those of the last hours before a rollout, however long ago the last call was', () => {
    const book = evidenceBook('g', 's', () => now);
    charge(book, entry());
    now = 7 * HOUR;
    const split = entry({ attempt: 2, weight: 5, candidate: { revision: 'b', backends: [] } });
    book.follow(tableOf(split));
    expect(counted(book, split)).toEqual([]);
  });
});

test('a call is counted with all that it comes to, and unknown is not zero', () => {
  const book = evidenceBook('g', 's');
  const split = entry({ weight: 5 });
  const full = {
    outcome: 'success' as const,
    schemaChecked: false,
    toolsFailed: true,
    latencyMs: 1000,
    firstTokenMs: 0.4,
    cost: 145,
    outputTokens: 7,
  };
  book.charge(split, 'a', full);
  book.charge(split, 'a', { ...full, toolsFailed: false, latencyMs: 1030 });
  book.charge(split, 'a', { outcome: 'upstream_5xx', schemaChecked: false });
  expect(book.reading(tableOf(split)).releases[0]?.cells).toEqual([
    {
      attempt: 1,
      weight: 5,
      revision: 'a',
      outcomes: { success: 2, upstream_5xx: 1 },
      schemaChecked: 0,
      tools: { checked: 2, failed: 1 },
      latency: { 79: 1, 80: 1 },
      firstToken: { '-1': 2 },
      cost: { 57: 2 },
      outputTokens: { 22: 2 },
    },
  ]);
});
