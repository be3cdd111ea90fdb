import type { EvalCase, EvalSuiteSpec } from '../api/eval-suite.ts';
import type { Prompt } from '../api/prompt-release.ts';
import type { ReleaseKind } from '../api/resource.ts';
import type { Rollout } from '../api/rollout.ts';
import { type CasesText, formatOf } from '../evals/cases/read.ts';
import { suiteCases } from '../evals/cases/suite-cases.ts';
import type { Found, Side } from './objects.ts';

/** What calls are counted for: variables and the caller's own messages. */
export type Case = Pick<EvalCase, 'vars' | 'messages'>;

export interface Cases {
  cases: readonly Case[];
  /** Where they are from, for people. */
  from: string;
  /** What could not be read. */
  problems: readonly string[];
}

/** Most cases that a release is counted with: beyond that a mean no longer moves. */
const MOST = 200;

/** The EvalSuites that name a release in their schedule, or that it names as gates. */
export function suitesOf(side: Side, release: Found): { name: string; spec: EvalSuiteSpec }[] {
  const gates = gatesOf(release);
  return [...side.objects.values()].flatMap(({ kind, namespace, name, spec }) => {
    if (kind !== 'EvalSuite' || namespace !== release.namespace || spec === undefined) return [];
    const suite = spec as EvalSuiteSpec;
    const meant = gates.includes(name) || isScheduled(suite, release.kind as ReleaseKind, release.name);
    return meant ? [{ name, spec: suite }] : [];
  });
}

/** Names of the EvalSuites that a release waits for before it serves. */
export const gatesOf = ({ spec }: Found): string[] =>
  ((spec as { rollout?: Rollout } | undefined)?.rollout?.gates ?? []).map(
    ({ evalSuiteRef }) => evalSuiteRef.name,
  );

/** The cases of those suites; undefined without any. */
export function suiteCasesOf(side: Side, release: Found): Cases | undefined {
  const names: string[] = [];
  const cases: Case[] = [];
  const problems: string[] = [];
  for (const suite of suitesOf(side, release)) {
    const { spec } = suite;
    const { texts, missing } = textsOf(side, release.namespace, spec);
    problems.push(...missing.map((each) => `EvalSuite ${suite.name}: ${each}`));
    const read = suiteCases(spec, texts);
    if ('problems' in read) problems.push(...read.problems.map((each) => `EvalSuite ${suite.name}: ${each}`));
    else {
      names.push(suite.name);
      cases.push(...read.cases);
    }
  }
  if (cases.length === 0 && problems.length === 0) return undefined;
  return { cases: cases.slice(0, MOST), from: `EvalSuite ${names.join(', ')}`, problems };
}

const isScheduled = ({ schedule }: EvalSuiteSpec, kind: ReleaseKind, name: string): boolean =>
  schedule?.releases.some((each) => each.kind === kind && each.name === name) ?? false;

function textsOf({ configMaps }: Side, namespace: string, { casesFrom = [] }: EvalSuiteSpec) {
  const texts: CasesText[] = [];
  const missing: string[] = [];
  for (const { configMapKeyRef, format } of casesFrom) {
    const { name, key } = configMapKeyRef;
    const text = configMaps.get(`${namespace}/${name}`)?.[key];
    if (typeof text === 'string')
      texts.push({ source: `${name}/${key}`, text, format: format ?? formatOf(key) });
    else missing.push(`ConfigMap "${name}" with a key "${key}" is not in the folder`);
  }
  return { texts, missing };
}

type Schema = Record<string, unknown>;
const SAMPLE = 'An example of some twelve words that stands where a text will be.';

/** One case made up from what the prompt says of its variables. */
export const madeUpCase = (prompt: Prompt): Case => ({ vars: propertiesOf(prompt.variables, () => true) });

/** A case's variables, with what a prompt's schema fills in, and samples of those that it requires and nobody gives. */
export function completed(prompt: Prompt, { vars = {} }: Case): Record<string, unknown> {
  const required = requiredOf(prompt.variables);
  const more = propertiesOf(
    prompt.variables,
    (name, schema) => !Object.hasOwn(vars, name) && ('default' in schema || required.includes(name)),
  );
  return { ...more, ...vars };
}

/** Required variables that no case gives. */
export const neverGiven = (prompt: Prompt, cases: readonly Case[]): string[] =>
  requiredOf(prompt.variables).filter(
    (name) =>
      !('default' in (schemasOf(prompt.variables)[name] ?? {})) &&
      !cases.some(({ vars }) => Object.hasOwn(vars ?? {}, name)),
  );

export function schemasOf(schema: Schema | undefined): Record<string, Schema> {
  const properties = schema?.properties;
  if (typeof properties !== 'object' || properties === null) return {};
  const entries = Object.entries(properties).filter(([, each]) => typeof each === 'object' && each !== null);
  return Object.fromEntries(entries) as Record<string, Schema>;
}

const requiredOf = (schema: Schema | undefined): string[] =>
  Array.isArray(schema?.required) ? schema.required.filter((name) => typeof name === 'string') : [];

function propertiesOf(
  schema: Schema | undefined,
  wanted: (name: string, schema: Schema) => boolean,
): Record<string, unknown> {
  const chosen = Object.entries(schemasOf(schema)).filter(([name, each]) => wanted(name, each));
  return Object.fromEntries(chosen.map(([name, each]) => [name, sampleOf(each)]));
}

function sampleOf(schema: Schema): unknown {
  const { examples, enum: values, type } = schema;
  if ('default' in schema) return schema.default;
  if (Array.isArray(examples) && examples.length > 0) return examples[0];
  if ('const' in schema) return schema.const;
  if (Array.isArray(values) && values.length > 0) return values[0];
  if (type === 'object') return propertiesOf(schema, () => true);
  if (type === 'array') return [sampleOf((schema.items ?? {}) as Schema)];
  if (type === 'boolean') return true;
  return type === 'number' || type === 'integer' ? 1 : SAMPLE;
}
