import { referenceMarkdown } from './reference.ts';

const rows = referenceMarkdown().split('\n');
const rowOf = (field: string) => rows.filter((row) => row.startsWith(`| ${field} |`));

test('required fields are bold, choices and lists are named, times are times', () => {
  expect(rowOf('**`routeRef`**')).toEqual([
    '| **`routeRef`** | object | The ModelRoute that serves this prompt. |',
  ]);
  expect(rowOf('`rollout.onInconclusive`')[0]).toContain('| `Hold`, `Promote`, `Rollback` |');
  expect(rowOf('**`backends`**')[0]).toContain('| list of object |');
  expect(rowOf('**`rollback.detectedAt`**')[0]).toContain('| time |');
});

test('rules between fields are said, and no cell breaks its row', () => {
  expect(rowOf('`rollout.steps`')[0]).toContain('Rule: a step has either a weight or a pause.');
  for (const row of rows.filter((each) => each.startsWith('| '))) {
    expect(row.replaceAll('\\|', '').split('|')).toHaveLength(5);
  }
});
