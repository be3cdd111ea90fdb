import type { EvalSuiteSpec } from '../api/eval-suite.ts';
import { memoryStore } from '../store/memory.ts';
import { loadCases } from './load-cases.ts';

const store = memoryStore();
store.configMaps.set('n/tickets/cases.csv', 'ticket\nHi\n');
store.configMaps.set('n/tickets/plain', '- vars: { ticket: Bye }\n');
const suite = (spec: EvalSuiteSpec, invalid?: string) =>
  store.put({
    kind: 'EvalSuite',
    metadata: { name: 's', namespace: 'n' },
    spec,
    ...(invalid !== undefined && { invalid }),
  });
const from = (...keys: string[]) => keys.map((key) => ({ configMapKeyRef: { name: 'tickets', key } }));

test('the format is that of the key’s ending, else YAML, unless it is said', async () => {
  const wanted = { cases: [{ vars: { ticket: 'Hi' } }, { vars: { ticket: 'Bye' } }] };
  expect(await loadCases(store, suite({ casesFrom: from('cases.csv', 'plain') }))).toMatchObject(wanted);
  const [csv] = from('cases.csv');
  expect(await loadCases(store, suite({ casesFrom: [{ ...csv!, format: 'YAML' }] }))).toEqual({
    problems: ['ConfigMap n/tickets key cases.csv:1: must be a list of cases: begin each with "- "'],
  });
});

test('every ConfigMap that is missing is told, with its field and a remedy', async () => {
  expect(await loadCases(store, suite({ casesFrom: from('cases.csv', 'a', 'b') }))).toEqual({
    problems: ['a', 'b'].map(
      (key, at) =>
        `spec.casesFrom[${at + 1}]: ConfigMap n/tickets key ${key} does not exist: create it or correct the name`,
    ),
  });
});

test('a suite that is not valid is not read', async () => {
  expect(await loadCases(store, suite({ cases: [{}] }, 'spec.repeat: must be at least 1'))).toEqual({
    problems: ['spec.repeat: must be at least 1'],
  });
});
