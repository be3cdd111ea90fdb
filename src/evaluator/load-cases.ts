import type { Resource } from '../api/resource.ts';
import { type CasesText, formatOf } from '../evals/cases/read.ts';
import { type SuiteCases, suiteCases } from '../evals/cases/suite-cases.ts';
import type { Source } from '../store/store.ts';

/** The cases of a suite, with those that it takes from ConfigMaps of its namespace; or all that is wrong with them. */
export async function loadCases(
  source: Pick<Source, 'configMap'>,
  { spec, metadata, invalid }: Resource<'EvalSuite'>,
): Promise<SuiteCases | { problems: string[] }> {
  if (invalid !== undefined) return { problems: [invalid] };
  const texts: CasesText[] = [];
  const problems: string[] = [];
  for (const [at, { configMapKeyRef, format }] of (spec.casesFrom ?? []).entries()) {
    const { name, key } = configMapKeyRef;
    const text = await source.configMap(metadata.namespace, name, key);
    const named = `ConfigMap ${metadata.namespace}/${name} key ${key}`;
    if (text === undefined)
      problems.push(`spec.casesFrom[${at}]: ${named} does not exist: create it or correct the name`);
    else texts.push({ source: named, text, format: format ?? formatOf(key) });
  }
  return problems.length > 0 ? { problems } : suiteCases(spec, texts);
}
