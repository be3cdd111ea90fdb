import { CsvError, parse } from 'csv-parse/sync';
import type { Assertion } from '../../api/assertion.ts';
import { EvalCase } from '../../api/eval-suite.ts';
import { problemsOf, shown, summaryOf } from '../../api/problem.ts';
import { messageOf } from '../../lib/log.ts';
import { expectedAssertion } from './expected.ts';
import type { CasesProblem } from './problem.ts';

const COLUMNS =
  '__expected, __expected1…, __config:__expected:threshold, __metric, __threshold, __description';

/**
 * Reads cases as promptfoo writes tests in CSV: a row is a case, a column a variable, but for those that begin with two
 * underscores. `__metric` is that of all of the row's assertions. Never throws.
 */
export function readCsv(
  source: string,
  text: string,
): { cases: EvalCase[]; problems?: undefined } | { problems: CasesProblem[] } {
  const { cases, problems } = lenientCsv(source, text);
  return problems.length > 0 ? { problems } : { cases };
}

/** The same, with whatever can be read beside what is wrong: cells and columns that are wrong are left out. */
export function lenientCsv(source: string, text: string): { cases: EvalCase[]; problems: CasesProblem[] } {
  const problems: CasesProblem[] = [];
  const cases: EvalCase[] = [];
  const tell = (line: number, message: string) => void problems.push({ source, line, message });
  let rows: { record: string[]; info: { lines: number } }[];
  try {
    rows = parse(text, {
      bom: true,
      info: true,
      skipEmptyLines: true,
      recordDelimiter: ['\r\n', '\n', '\r'],
    }) as unknown as typeof rows;
  } catch (error) {
    const line = error instanceof CsvError && typeof error.lines === 'number' ? error.lines : 1;
    tell(line, `is no CSV: ${messageOf(error)}`);
    return { cases, problems };
  }
  const [head, ...rest] = rows;
  if (head === undefined) {
    tell(1, 'is empty: begin with a row of names');
    return { cases, problems };
  }
  const names = head.record.map((name) => name.trim());
  const columns = names.map((name, at) => {
    const wrong = columnProblem(name, names.indexOf(name) !== at);
    if (wrong !== undefined) tell(1, `column ${at + 1}: ${wrong}`);
    return wrong === undefined ? name : undefined;
  });

  let line = head.info.lines + 1;
  for (const { record, info } of rest) {
    const begin = line;
    line = info.lines + 1;
    const value = caseOf(columns, record, (message) => tell(begin, message));
    const parsed = EvalCase.safeParse(value);
    if (parsed.success) cases.push(parsed.data);
    else for (const each of problemsOf(parsed.error, value, [])) tell(begin, summaryOf([each]));
  }
  return { cases, problems };
}

function columnProblem(name: string, again: boolean): string | undefined {
  if (name === '') return 'has no name';
  if (again) return `${shown(name)} is there twice: rename one`;
  if (/^_(expected|metric|threshold|description)/.test(name)) return `write _${name} for ${name}`;
  if (!name.startsWith('__') || isExpected(name)) return undefined;
  if (['__metric', '__threshold', '__description'].includes(name)) return undefined;
  // It says something of the case that no verdict hangs on.
  if (name.startsWith('__metadata:') || configured(name) !== undefined) return undefined;
  return `${name} is unknown: there are ${COLUMNS}`;
}

/** Which of the row's assertions a column such as `__config:__expected2:threshold` is about, counted from 0. */
function configured(name: string): number | undefined {
  const [, number] = /^__config:__expected(\d*):threshold$/.exec(name) ?? [];
  return number === undefined || number === '0' ? undefined : Number(number || 1) - 1;
}

const isExpected = (name: string): boolean => /^__expected\d*$/.test(name);

function caseOf(
  columns: readonly (string | undefined)[],
  record: readonly string[],
  tell: (message: string) => void,
): unknown {
  const vars: Record<string, string> = {};
  const assertions: Assertion[] = [];
  const said: Record<string, string> = {};
  for (const [at, name] of columns.entries()) {
    if (name === undefined) continue;
    const cell = record[at] ?? '';
    if (!name.startsWith('__')) vars[name] = cell;
    else if (!isExpected(name)) said[name] = cell;
    else if (cell.trim() !== '') {
      const read = expectedAssertion(cell);
      if ('error' in read) tell(`${name}: ${read.error}`);
      else assertions.push(read.assertion);
    }
  }
  for (const [column, cell] of Object.entries(said)) {
    const assertion = assertions[configured(column) ?? -1];
    if (assertion === undefined || cell.trim() === '') continue;
    if (Number.isNaN(Number(cell))) tell(`${column}: must be a number, not ${shown(cell)}`);
    else assertion.threshold = Number(cell);
  }
  const { __description: name = '', __metric: metric = '', __threshold: threshold = '' } = said;
  const least = threshold.trim() === '' ? undefined : Number(threshold);
  if (Number.isNaN(least)) tell(`__threshold: must be a number from 0 to 1, not ${shown(threshold)}`);
  return {
    ...(name !== '' && { name }),
    vars,
    ...(assertions.length > 0 && {
      assert: metric === '' ? assertions : assertions.map((each) => ({ ...each, metric })),
    }),
    ...(least !== undefined && !Number.isNaN(least) && { threshold: least }),
  };
}
