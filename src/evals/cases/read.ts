import { CORE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml';
import { type CaseFormat, EvalCase } from '../../api/eval-suite.ts';
import { MAX_BYTES, plainProblem } from '../../api/plain.ts';
import { type Problem, problemsOf, summaryOf } from '../../api/problem.ts';
import { withoutMark } from '../../lib/byte-order-mark.ts';
import { messageOf } from '../../lib/log.ts';
import { fieldLine } from '../../lib/yaml-line.ts';
import { readCsv } from './csv.ts';
import type { CasesProblem } from './problem.ts';

/** Cases as a file or the key of a ConfigMap has them. */
export interface CasesText {
  /** How it is called in problems. */
  source: string;
  text: string;
  format: CaseFormat;
}

/** Every case of a text, or all that is wrong with it. */
export type ReadCases = { cases: EvalCase[]; problems?: undefined } | { problems: CasesProblem[] };

const ENDINGS: Record<string, CaseFormat> = {
  yaml: 'YAML',
  yml: 'YAML',
  json: 'JSON',
  jsonl: 'JSONL',
  ndjson: 'JSONL',
  csv: 'CSV',
};

/** The format that a file or a key is written in where nothing is said: by its ending, else YAML. */
export function formatOf(name: string): CaseFormat {
  return ENDINGS[/\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''] ?? 'YAML';
}

/** Reads cases strictly: an unknown field is a problem. Never throws. */
export function readCases({ source, text: written, format }: CasesText): ReadCases {
  const text = withoutMark(written);
  if (Buffer.byteLength(text) > MAX_BYTES)
    return refused(source, 1, `is larger than ${MAX_BYTES / 1024} KiB: split it up`);
  if (format === 'CSV') return readCsv(source, text);
  if (format === 'JSONL') return readLines(source, text);
  return readList(source, text, format);
}

function readList(source: string, text: string, format: 'YAML' | 'JSON'): ReadCases {
  let value: unknown;
  try {
    value =
      format === 'JSON'
        ? JSON.parse(text)
        : load(text, { schema: CORE_SCHEMA.withTags(mergeTag), maxAliases: 100 });
  } catch (error) {
    const known = error instanceof YAMLException;
    const line = known ? (error.mark?.line ?? 0) + 1 : lineOf(messageOf(error));
    return refused(source, line, `is no ${format}: ${known ? error.reason : oneLine(error)}`);
  }
  if (!Array.isArray(value)) return refused(source, 1, 'must be a list of cases: begin each with "- "');
  const impossible = plainProblem(value, []);
  if (impossible !== undefined) return refused(source, 1, summaryOf([impossible]));
  const read = value.map((each, at) => checked(each, [at]));
  const problems = read.flatMap(({ problems = [] }) => problems);
  if (problems.length === 0) return { cases: read.flatMap((each) => each.cases ?? []) };
  return {
    problems: problems.map((each) => ({
      source,
      line: fieldLine(text, each.at),
      message: summaryOf([each]),
    })),
  };
}

function readLines(source: string, text: string): ReadCases {
  const cases: EvalCase[] = [];
  const problems: CasesProblem[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const tell = (message: string) => problems.push({ source, line: at + 1, message });
    try {
      const value: unknown = JSON.parse(line);
      const impossible = plainProblem(value, []);
      const read: Checked = impossible === undefined ? checked(value, []) : { problems: [impossible] };
      for (const each of read.problems ?? []) tell(summaryOf([each]));
      cases.push(...(read.cases ?? []));
    } catch (error) {
      tell(`is no JSON: ${oneLine(error)}; write one case a line`);
    }
  }
  return problems.length > 0 ? { problems } : { cases };
}

type Checked = { cases: EvalCase[]; problems?: undefined } | { cases?: undefined; problems: Problem[] };

function checked(value: unknown, at: readonly PropertyKey[]): Checked {
  const parsed = EvalCase.safeParse(value);
  return parsed.success ? { cases: [parsed.data] } : { problems: problemsOf(parsed.error, value, at) };
}

const refused = (source: string, line: number, message: string): ReadCases => ({
  problems: [{ source, line, message }],
});

const oneLine = (error: unknown): string => messageOf(error).replaceAll(/\s+/g, ' ').slice(0, 200);

/** `JSON.parse` mostly says where it stopped in the words of its error. */
const lineOf = (message: string): number => Number(/line (\d+)/.exec(message)?.[1] ?? 1);
