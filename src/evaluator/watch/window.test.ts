import type { EvalWatched } from '../../api/eval-suite.ts';
import { noTraits, type Traits } from '../../traits/counts.ts';
import { afterWindow, LEAST_CALLS, watchedOf, withCalls } from './window.ts';

const WATCH = { share: '10%', window: '24h', variables: [] };
const RELEASE = { kind: 'PromptRelease' as const, name: 'triage', revision: 'triage-1' };
const at = (hours: number) => new Date(Date.UTC(2026, 0, 5, hours));

const calls = (language: string, count: number): Traits => ({
  ...noTraits(),
  inputs: { language: { [language]: count } },
});

/** After one more window of calls in this language. */
function windowOf(watched: EvalWatched, language: string, endsAt: number, count = LEAST_CALLS): EvalWatched {
  return afterWindow(withCalls(watched, count, calls(language, count)), WATCH, at(endsAt));
}
const begun = () => watchedOf(undefined, RELEASE, WATCH, at(0));

test('the first window is the reference, and others are compared with it', () => {
  const first = windowOf(begun(), 'en', 24);
  expect(first).toMatchObject({
    message: '200 calls: the reference for later windows',
    calls: 0,
    since: at(24).toISOString(),
    reference: { since: at(0).toISOString(), until: at(24).toISOString(), calls: 200 },
  });
  expect(first.comparedAt).toBeUndefined();
  const alike = windowOf(first, 'en', 48);
  expect(alike).toMatchObject({ comparedAt: at(48).toISOString(), reference: first.reference });
  expect(alike.message).toMatch(/^200 calls since \S+, compared with 200 of \S+: alike$/);
  expect(alike.shifts).toBeUndefined();
  const other = windowOf(alike, 'de', 72);
  expect(other.shifts?.inputs).toMatch(/^languages de 100.0%; en 100.0% then/);
  expect(other.reference).toEqual(first.reference);
  // It goes back by itself.
  expect(windowOf(other, 'en', 96).shifts).toBeUndefined();
});

test('a window lasts as long as was asked for, and until there are calls enough', () => {
  const early = withCalls(begun(), 10_000, calls('en', 10_000));
  expect(afterWindow(early, WATCH, at(23))).toBe(early);
  const few = withCalls(begun(), LEAST_CALLS - 1, calls('en', LEAST_CALLS - 1));
  expect(afterWindow(few, WATCH, at(240))).toBe(few);
  expect(afterWindow(withCalls(few, 1, calls('en', 1)), WATCH, at(240)).reference?.calls).toBe(LEAST_CALLS);
  const long = { ...WATCH, window: '9000h' };
  expect(afterWindow(early, long, at(7 * 24 - 1))).toBe(early);
  expect(afterWindow(early, long, at(7 * 24)).reference).toBeDefined();
});

test('another revision and another watch begin anew; what is asked for alike goes on', () => {
  const known = windowOf(begun(), 'en', 24);
  expect(watchedOf(known, RELEASE, { ...WATCH }, at(30))).toBe(known);
  for (const anew of [
    watchedOf(known, { ...RELEASE, revision: 'triage-2' }, WATCH, at(30)),
    watchedOf(known, RELEASE, { ...WATCH, share: '20%' }, at(30)),
    watchedOf(known, RELEASE, { ...WATCH, variables: ['lang'] }, at(30)),
  ]) {
    expect(anew).toMatchObject({ calls: 0, since: at(30).toISOString() });
    expect(anew.reference).toBeUndefined();
  }
});

test('what is kept stays small: all buckets that there are, with large counts, are within what a status takes', () => {
  const buckets = (names: (string | number)[]) => Object.fromEntries(names.map((name) => [name, 9_999_999]));
  const to = (count: number) => buckets(['absent', ...Array.from({ length: count }, (_, n) => n)]);
  const name = 'x'.repeat(63);
  const inputs = {
    ...{ length: to(40), messages: to(20), language: to(22), variables: to(32) },
    ...Object.fromEntries([1, 2, 3, 4].map((n) => [`value:${name.slice(1)}${n}`, to(32)])),
  };
  const answers = { length: to(40), ending: to(6), sentiment: to(4) };
  const feedback = { thumb: to(2), score: to(5) };
  expect(withCalls(begun(), 1, { inputs, answers, feedback }).counts.length).toBeLessThan(8_192);
});
