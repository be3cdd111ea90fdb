import type { Evaluation } from '../evaluate.ts';
import type { Answered } from '../run-suite.ts';
import type { Verdict } from '../verdict.ts';

/**
 * A run as JUnit's XML, as CI systems show it: a test for each answer of the revision that is asked for, and one for the
 * comparison where there is one. What could not be told is an error, not a failure.
 */
export function junitReport(run: Evaluation, { verdict, message, candidate }: Verdict): string {
  const own = run.results.filter(({ revision }) => revision === run.revision);
  const tests = own.map((each) => testOf(run, each));
  const failed = candidate.answers - candidate.passed - candidate.errors;
  const compared = run.against !== undefined;
  if (compared) {
    const inner = verdict === 'Pass' ? '' : element(verdict === 'Fail' ? 'failure' : 'error', message);
    tests.push(
      `    <testcase classname="${xml(run.suite)}" name="${xml(`no worse than ${run.against}`)}">${inner}</testcase>`,
    );
  }
  const counts = [
    ['tests', tests.length],
    ['failures', failed + (compared && verdict === 'Fail' ? 1 : 0)],
    ['errors', candidate.errors + (compared && verdict === 'Error' ? 1 : 0)],
    ['time', ((run.finishedAt.getTime() - run.startedAt.getTime()) / 1_000).toFixed(3)],
  ].map(([name, value]) => `${name}="${value}"`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="${xml(run.suite)}" ${counts.join(' ')} timestamp="${run.startedAt.toISOString()}">`,
    ...tests,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function testOf(run: Evaluation, { case: at, grade, answer }: Answered): string {
  const time = answer === undefined ? '' : ` time="${(answer.latencyMs / 1_000).toFixed(3)}"`;
  const name = xml(run.cases[at]!.name);
  const inner =
    'error' in grade
      ? element('error', grade.error)
      : grade.pass
        ? ''
        : element('failure', grade.reason, answer?.text);
  return `    <testcase classname="${xml(run.suite)}" name="${name}"${time}>${inner}</testcase>`;
}

const element = (name: 'failure' | 'error', message: string, body = ''): string =>
  `<${name} message="${xml(message)}">${xml(body)}</${name}>`;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** Text for XML 1.0; characters that it cannot hold are left out. */
const xml = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll(/[&<>"\n]/g, (letter) => ENTITIES[letter]!);
