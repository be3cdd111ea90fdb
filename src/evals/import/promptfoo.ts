import type { EvalCase, EvalSuiteSpec } from '../../api/eval-suite.ts';
import { withoutMark } from '../../lib/byte-order-mark.ts';
import { messageOf } from '../../lib/log.ts';
import { MOST_CASES } from '../cases/suite-cases.ts';
import { type ImportContext, isObject, type Json, listOf, parseYaml } from './context.ts';
import { dereferenced } from './dereference.ts';
import { type ImportedPrompt, importPrompts } from './prompts.ts';
import { importDefaults, importTests, leavesMeaning } from './tests.ts';

/** What a promptfoo config came to. */
export interface Imported {
  /** The suite without its cases. */
  suite: Omit<EvalSuiteSpec, 'cases' | 'casesFrom'>;
  cases: EvalCase[];
  prompts: ImportedPrompt[];
  /** What was not taken over, each with where it stands and why. */
  leftOut: string[];
}

/** What no verdict hangs on. */
const NO_MATTER = [
  '$schema',
  'commandLineOptions',
  'description',
  'metadata',
  'outputPath',
  'sharing',
  'tags',
  'writeLatestResults',
];
/** How often a suite asks a case. */
const MOST_REPEAT = 16;
const JUDGED = ['llm-rubric', 'factuality', 'similar'];

/**
 * Takes a promptfoo config over: prompts, tests and what they hold answers against. `read` gives the text of a file that the
 * config names.
 * @throws Error where it is no config at all.
 */
export function importPromptfoo(text: string, read: ImportContext['read']): Imported {
  const leftOut: string[] = [];
  const context: ImportContext = {
    read(path) {
      const written = read(path);
      return written === undefined ? undefined : withoutMark(written);
    },
    leaveOut: (where, why) => leftOut.push(`${where}: ${why}`),
  };
  const { prompts, tests, defaultTest, evaluateOptions, ...rest } = dereferenced(configOf(text), context);
  for (const name of Object.keys(rest)) {
    if (NO_MATTER.includes(name) || name === 'assertionTemplates') continue;
    const isRoute = name === 'providers' || name === 'targets';
    context.leaveOut(name, isRoute ? 'make a ModelRoute and its ModelProvider of them' : 'is not known here');
  }
  const defaults = importDefaults(defaultTest, context);
  // What changes every question or answer would change the meaning of all that is held against them.
  const cases = leavesMeaning(defaults.options, 'defaultTest', context.leaveOut, ['provider'])
    ? importTests(tests, defaults, context)
    : [];
  // promptfoo renders variables too, before it renders a prompt with them.
  if (JSON.stringify(cases.map(({ vars }) => vars)).search(/\{[{%]/) >= 0)
    context.leaveOut('vars', 'templates in variables are passed as they are');
  if (cases.length > MOST_CASES)
    context.leaveOut('tests', `${cases.length - MOST_CASES} cases: a suite has ${MOST_CASES} at most`);
  const judge = judgeOf(defaults.options, context);
  const kept = cases.slice(0, MOST_CASES);
  const asked = [defaults, ...kept].flatMap(({ assert = [] }) => assert);
  const judged = asked.find(({ type }) => JUDGED.includes(type.replace(/^not-/, '')));
  if (judged !== undefined && judge === undefined)
    context.leaveOut(
      'spec.judge',
      `${judged.type} needs one, and the config names none: write providerRef and model`,
    );
  if (asked.some(({ type }) => type.endsWith('similar')) && judge !== undefined)
    context.leaveOut('spec.judge.embeddings', 'similar needs a model for embeddings: name one');
  return {
    suite: {
      ...(defaults.assert.length > 0 && { assert: defaults.assert }),
      ...(judge && { judge }),
      ...optionsOf(evaluateOptions, context),
    },
    cases: kept,
    prompts: importPrompts(prompts, context),
    leftOut,
  };
}

function configOf(text: string): Json {
  let config: unknown;
  try {
    config = parseYaml(text);
  } catch (error) {
    throw new Error(`is no YAML: ${messageOf(error).split('\n', 1)[0]}`);
  }
  if (isObject(config) && ('prompts' in config || 'tests' in config)) return config;
  throw new Error('is no promptfoo config: it has neither prompts nor tests');
}

function optionsOf(
  given: unknown,
  { leaveOut }: ImportContext,
): Pick<EvalSuiteSpec, 'repeat' | 'concurrency'> {
  const { repeat, maxConcurrency, cache: _, showProgressBar: __, ...rest } = isObject(given) ? given : {};
  for (const name of Object.keys(rest)) leaveOut(`evaluateOptions.${name}`, 'is not known here');
  const within = (value: unknown, most: number): number | undefined =>
    typeof value === 'number' && value >= 1 ? Math.min(Math.floor(value), most) : undefined;
  const [times, atOnce] = [within(repeat, MOST_REPEAT), within(maxConcurrency, 32)];
  if (times !== undefined && times < (repeat as number))
    leaveOut(
      'evaluateOptions.repeat',
      `each case is asked ${times} times, not ${repeat}: more is not to be had`,
    );
  return {
    ...(times !== undefined && { repeat: times }),
    ...(atOnce !== undefined && { concurrency: atOnce }),
  };
}

/** The judge that `defaultTest.options.provider` names, where it is one of OpenAI's models. */
function judgeOf(options: unknown, { leaveOut }: ImportContext): EvalSuiteSpec['judge'] {
  const given = isObject(options) ? options.provider : undefined;
  if (given === undefined) return undefined;
  const text = isObject(given) && 'text' in given ? given.text : given;
  const [said] = listOf(isObject(text) ? text.id : text);
  const [, model] = /^openai:(?:chat:)?([^:]+)$/.exec(String(said)) ?? [];
  if (model === undefined)
    return void leaveOut(
      'defaultTest.options.provider',
      'make a ModelProvider of it and name it in spec.judge',
    );
  if (isObject(text) && text.config !== undefined)
    leaveOut('defaultTest.options.provider.config', 'write what of it matters in spec.judge.parameters');
  return { providerRef: { name: 'openai' }, model };
}
