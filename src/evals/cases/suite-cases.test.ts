import { MOST_CASES, suiteCases } from './suite-cases.ts';

const csv = (source: string, text: string) => ({ source, text, format: 'CSV' as const });

test('cases of the spec come first, each with the suite’s assertions before its own', () => {
  const made = suiteCases(
    { cases: [{ vars: { a: 1 }, assert: [{ type: 'is-json' }] }], assert: [{ type: 'not-is-refusal' }] },
    [csv('c.csv', 'a,__expected,__description\n2,x,two\n3,,two\n')],
  );
  expect(made).toEqual({
    cases: [
      { name: '1', vars: { a: 1 }, messages: [], assert: [{ type: 'not-is-refusal' }, { type: 'is-json' }] },
      {
        name: 'two',
        vars: { a: '2' },
        messages: [],
        assert: [{ type: 'not-is-refusal' }, { type: 'equals', value: 'x' }],
      },
      { name: 'two (2)', vars: { a: '3' }, messages: [], assert: [{ type: 'not-is-refusal' }] },
    ],
    hash: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
});

test('the hash is of what is asked and held against answers, wherever it stands and whatever it is called', () => {
  const hash = (...given: Parameters<typeof suiteCases>) => (suiteCases(...given) as { hash: string }).hash;
  const inline = hash(
    { cases: [{ name: 'one', vars: { a: '2' }, assert: [{ type: 'equals', value: 'x' }] }] },
    [],
  );
  expect(hash({}, [csv('c.csv', 'a,__expected\n2,x\n')])).toBe(inline);
  expect(hash({}, [csv('c.csv', 'a,__expected\n2,y\n')])).not.toBe(inline);
  expect(hash({ assert: [{ type: 'is-json' }] }, [csv('c.csv', 'a,__expected\n2,x\n')])).not.toBe(inline);
});

test('all that is wrong is told, with where it is', () => {
  expect(suiteCases({}, [csv('a.csv', 'a,a\n'), csv('b.csv', 'x,_metric\n')])).toEqual({
    problems: [
      'a.csv:1: column 2: "a" is there twice: rename one',
      'b.csv:1: column 2: write __metric for _metric',
    ],
  });
});

test('none at all and too many are refused', () => {
  expect(suiteCases({ cases: [] }, [])).toEqual({ problems: [expect.stringContaining('there is no case')] });
  const many = csv('a.csv', `a\n${'1\n'.repeat(MOST_CASES + 1)}`);
  expect(suiteCases({}, [many])).toEqual({ problems: [expect.stringContaining('at most 2000 may be')] });
});
