import { queryFor } from './promql.ts';

test('every $revision is replaced', () => {
  const query = 'a{revision="$revision"} or b{r=\'$revision\'}';
  expect(queryFor(query, 'triage-6f1c2a9b04')).toBe(
    'a{revision="triage-6f1c2a9b04"} or b{r=\'triage-6f1c2a9b04\'}',
  );
});

test('a name ends no string and is itself no pattern of replacement', () => {
  expect(queryFor('a{r="$revision"}', '"} or x{y="')).toBe(
    'a{r="\\U00000022\\U0000007d\\U00000020or\\U00000020x\\U0000007by\\U0000003d\\U00000022"}',
  );
  expect(queryFor('a{r="$revision"}', "$&\\'`\n")).toBe(
    'a{r="\\U00000024\\U00000026\\U0000005c\\U00000027\\U00000060\\U0000000a"}',
  );
});

test('a query that counts the same for both revisions is refused', () => {
  expect(() => queryFor('sum(calls_total)', 'triage-1')).toThrow('{revision="$revision"}');
});
