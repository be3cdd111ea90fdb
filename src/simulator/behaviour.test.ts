import { parseBehaviour } from './behaviour.ts';

const parse = (text: string) => parseBehaviour(text, 'b.yaml');

test('a file of YAML or JSON is read, with its defaults', () => {
  const [first, second] = parse(`
rules:
  - match: {model: "gpt-5*", text: v2}
    refusals: 0.2
    errors: {rate: 0.1, status: 429, retryAfter: 2}
    latency: {p50: 40, p95: 120}
    answer: {queue: billing}
  - match: {}
    answer: Hello
`);
  expect(first).toMatchObject({
    match: { model: 'gpt-5*', text: 'v2' },
    refusals: { rate: 0.2, kind: 'field' },
    errors: [{ rate: 0.1, status: 429, retryAfter: 2 }],
    answer: '{"queue":"billing"}',
    hangs: 0,
  });
  expect(second).toMatchObject({ answer: 'Hello', errors: [], usage: { multiplier: 1 } });
  expect(parse('{"rules": [{}]}')).toHaveLength(1);
});

test('ten faults of a tenth are all there can be', () => {
  const text = (rate: number) => `
rules:
  - {errors: [0.1, 0.1], refusals: 0.1, truncations: 0.1, brokenJson: 0.1, wrongSchema: 0.1, breaks: 0.1, stalls: 0.1,
     errorEvents: 0.1, hangs: ${rate}}`;
  expect(parse(text(0.1))).toHaveLength(1);
  expect(() => parse(text(0.2))).toThrow(/b\.yaml: rules\[0\]: its rates of faults add up to 1\.1/);
});

test.each([
  ['', /b\.yaml/],
  ['rules: []', /b\.yaml: rules: /],
  ['rules: [}', /b\.yaml is no YAML: .*1:\d+/s],
  ['rules: [{refusal: 0.2}]', /rules\[0\]: .*refusal/],
  ['rules: [{refusals: 1.2}]', /rules\[0\]\.refusals: .*1/],
  ['rules: [{refusals: {rate: 0.2, kind: soft}}]', /rules\[0\]\.refusals\.kind: .*field/],
  ['rules: [{refusals: often}]', /rules\[0\]\.refusals: .*number.*or.*object/],
  ['rules: [{errors: [{rate: 0.1, status: 200}]}]', /rules\[0\]\.errors\[0\]\.status: .*400/],
  ['rules: [{errors: {rate: 0.1, status: 200}}]', /rules\[0\]\.errors\.status: .*400/],
  ['rules: [{latency: {p50: 40, p95: 10}}]', /rules\[0\]\.latency\.p95: is below p50/],
])('%s is refused by the name of its field', (text, message) => {
  expect(() => parse(text)).toThrow(message);
});
