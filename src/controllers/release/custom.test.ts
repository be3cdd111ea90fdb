import type { Guardrail } from '../../api/guardrail.ts';
import type { Arms, CustomQueries } from '../../evidence/prometheus/source.ts';
import { readCustom } from './custom.ts';

const ARMS: Arms = { stable: 'triage-1', candidate: 'triage-2' };
const ERRORS: Guardrail = { name: 'errors', metric: 'ErrorRate' };
const CARTS: Guardrail = {
  name: 'carts',
  prometheus: { bad: 'lost{r="$revision"}', total: 'all{r="$revision"}' },
};

/** Reads with a source that writes down what it is asked. */
async function ask(guardrails: Guardrail[] | undefined) {
  const asked: [readonly CustomQueries[], Arms][] = [];
  const read = async (queries: readonly CustomQueries[], arms: Arms) => {
    asked.push([queries, arms]);
    return queries.map(({ guardrail }) => ({ guardrail, problem: 'nothing there' }));
  };
  return { readings: await readCustom({ read }, guardrails && { guardrails }, ARMS), asked };
}

test('asks for the guardrails that name queries, for both revisions', async () => {
  const { readings, asked } = await ask([ERRORS, CARTS]);
  expect(readings).toEqual([{ guardrail: 'carts', problem: 'nothing there' }]);
  expect(asked).toEqual([[[{ guardrail: 'carts', prometheus: CARTS.prometheus }], ARMS]]);
});

test('asks nobody where all guardrails are built in', async () => {
  expect(await ask([ERRORS])).toEqual({ readings: [], asked: [] });
  expect(await ask(undefined)).toEqual({ readings: [], asked: [] });
});
