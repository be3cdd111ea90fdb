import type { Assertion } from '../../api/assertion.ts';
import { EvalCase } from '../../api/eval-suite.ts';
import { problemsOf, summaryOf } from '../../api/problem.ts';
import { lenientCsv } from '../cases/csv.ts';
import { casesProblemText } from '../cases/problem.ts';
import { importAssertions } from './assertions.ts';
import {
  type ImportContext,
  isCode,
  isObject,
  type Json,
  listOf,
  parseYaml,
  pathOf,
  resolved,
} from './context.ts';
import { importVars, spread } from './vars.ts';

/** What `defaultTest` gives to every case. */
export interface Defaults {
  vars: Json;
  assert: Assertion[];
  threshold?: unknown;
  /** Whether a list among the variables stays a list. */
  whole: boolean;
}

/** Options of a test that no verdict hangs on, or that are taken over elsewhere. */
const NO_MATTER = ['runSerially', 'disableVarExpansion'];
const CHANGES = ['transform', 'postprocess', 'transformVars', 'prefix', 'suffix'];
/** Options that are told in words of their own. */
const SAID: Record<string, string> = {
  provider: "the suite's judge is asked: spec.judge",
  storeOutputAs: 'answers are not kept for later tests: write what they need into their vars',
};

/** The cases of `tests`: those in the config and those in files that it names. What is not taken over is told. */
export function importTests(given: unknown, defaults: Defaults, context: ImportContext): EvalCase[] {
  return listOf(isObject(given) && 'path' in given ? given.path : given).flatMap((each, at) =>
    typeof each === 'string'
      ? testsFile(pathOf(each), defaults, context)
      : importTest(each, `tests[${at}]`, defaults, context),
  );
}

function testsFile(path: string, defaults: Defaults, context: ImportContext): EvalCase[] {
  const refuse = (why: string): EvalCase[] => {
    context.leaveOut(path, why);
    return [];
  };
  if (/^\w+:\/\//.test(path)) return refuse('is not in a file: save it as CSV and name that');
  if (isCode(path)) return refuse('is code, which is not run here');
  const ending = /\.(csv|ya?ml|jsonl?)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === undefined || /[*?{]/.test(path))
    return refuse('is no CSV, YAML, JSON or JSONL file: name each file');
  const text = context.read(path);
  if (text === undefined) return refuse('cannot be read: correct the path');
  if (ending === 'csv') {
    const { cases, problems } = lenientCsv(path, text);
    for (const each of problems) context.leaveOut(path, casesProblemText(each).replace(`${path}:`, 'line '));
    return cases.flatMap((each) => withDefaults(each, each.vars ?? {}, path, defaults, context));
  }
  try {
    const tests =
      ending === 'jsonl'
        ? text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as unknown]))
        : listOf(parseYaml(text));
    return tests.flatMap((each, at) => importTest(each, `${path}[${at}]`, defaults, context));
  } catch {
    return refuse(`is no ${ending.toUpperCase()}`);
  }
}

function importTest(given: unknown, where: string, defaults: Defaults, context: ImportContext): EvalCase[] {
  const { leaveOut } = context;
  if (!isObject(given)) {
    leaveOut(where, 'is no test');
    return [];
  }
  const { description, vars: named, assert: given_, threshold, options = {}, metadata: _, ...rest } = given;
  for (const name of Object.keys(rest)) leaveOut(`${where}.${name}`, 'is not known here');
  if (!leavesMeaning(options, where, leaveOut)) return [];
  const vars = importVars(named, `${where}.vars`, context);
  const assertions = importAssertions(given_, where, context);
  const one = {
    ...(typeof description === 'string' && description !== '' && { name: description.slice(0, 253) }),
    ...(assertions.length > 0 && { assert: assertions }),
    ...(threshold !== undefined && { threshold }),
  };
  return withDefaults(one, vars, where, { ...defaults, whole: isWhole(options, defaults.whole) }, context);
}

const isWhole = (options: unknown, otherwise: boolean): boolean =>
  isObject(options) && options.disableVarExpansion !== undefined
    ? options.disableVarExpansion === true
    : otherwise;

/** Tells of options but for those `taken` over; false where the test would mean something else without one. */
export function leavesMeaning(
  options: unknown,
  where: string,
  leaveOut: ImportContext['leaveOut'],
  taken: readonly string[] = [],
): boolean {
  let same = true;
  for (const name of isObject(options) ? Object.keys(options) : []) {
    if (NO_MATTER.includes(name) || taken.includes(name)) continue;
    const changes = CHANGES.includes(name);
    leaveOut(
      `${where}.options.${name}`,
      changes
        ? 'changes question or answer: what it is for is left out'
        : (SAID[name] ?? 'is not known here'),
    );
    same &&= !changes;
  }
  return same;
}

function withDefaults(
  one: object,
  own: Json,
  where: string,
  { vars: common, threshold, whole }: Defaults,
  context: ImportContext,
): EvalCase[] {
  const all = { ...common, ...own };
  return (whole ? [all] : spread(all, where, context)).flatMap((vars) => {
    const value = { ...(threshold !== undefined && { threshold }), ...one, vars };
    const parsed = EvalCase.safeParse(value);
    if (parsed.success) return [parsed.data];
    context.leaveOut(where, summaryOf(problemsOf(parsed.error, value, [])));
    return [];
  });
}

/** `defaultTest`, inline or in a file. */
export function importDefaults(given: unknown, context: ImportContext): Defaults & { options: unknown } {
  const value = resolved(given, 'defaultTest', context);
  const {
    vars,
    assert: assertions,
    threshold,
    options,
    metadata: _,
    description: __,
    ...rest
  } = isObject(value) ? value : {};
  for (const name of Object.keys(rest)) context.leaveOut(`defaultTest.${name}`, 'is not known here');
  return {
    vars: importVars(vars, 'defaultTest.vars', context),
    assert: importAssertions(assertions, 'defaultTest', context),
    ...(threshold !== undefined && { threshold }),
    whole: isWhole(options, false),
    options,
  };
}
