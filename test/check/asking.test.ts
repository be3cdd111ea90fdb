import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { type AskingOptions, asksBoth } from '../../src/check/asking/asking.ts';
import { type CheckOptions, check } from '../../src/check/check.ts';
import { drawGithub, drawJson, drawJunit } from '../../src/check/draw/machine.ts';
import { drawMarkdown } from '../../src/check/draw/markdown.ts';
import { drawText } from '../../src/check/draw/text.ts';
import { folderTree } from '../../src/check/folder-tree.ts';
import { allFindings, failed, type Report, untold } from '../../src/check/report.ts';
import { parseBehaviour } from '../../src/simulator/behaviour.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/evals');
const KEY = 'sk-planted-4711';

let simulator: Simulator;
let folder: string;
let asked: { model: string; messages: { content: string }[] }[];
beforeEach(async () => {
  asked = [];
  folder = mkdtempSync(join(tmpdir(), 'sluice-asking-'));
  const name = join(EXAMPLE, 'behaviour.yaml');
  simulator = await startSimulator({
    rules: parseBehaviour(readFileSync(name, 'utf8'), name),
    seed: 7,
    key: KEY,
    onRequest: (body) => asked.push(JSON.parse(body)),
  });
  for (const side of ['base', 'head'] as const) {
    cpSync(join(EXAMPLE, 'manifests'), join(folder, side), { recursive: true });
    change(side, 'provider.yaml', 'http://127.0.0.1:18080/v1', simulator.baseURL);
    change(
      side,
      'provider.yaml',
      'dialect: OpenAI',
      'dialect: OpenAI\n  auth: {secretRef: {name: sim, key: api-key}}',
    );
    change(side, 'suite.yaml', '  gate: {minScore: "0.9"}', '  gate: {}');
    change(side, 'suite.yaml', 'judge:', `schedule: {every: 1h, releases: ${NAMED}}\n  judge:`);
  }
});
afterEach(async () => {
  await simulator.close(100);
  rmSync(folder, { recursive: true });
});

const NAMED = '[{kind: PromptRelease, name: support-triage}, {kind: ModelRoute, name: fast-chat}]';

function change(side: 'base' | 'head', file: string, from: string, to: string): void {
  const path = join(folder, side, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}
const MANY_WORDS = 'You sort tickets, all of them, with patience, and never in haste.';
const lengthen = () => change('head', 'release.yaml', 'You sort tickets.', MANY_WORDS);
const worsen = () => change('head', 'release.yaml', 'You sort tickets.', 'You sort tickets in one word.');

async function checked(
  wanted: Partial<AskingOptions>,
  { key = KEY, ...more }: Partial<CheckOptions> & { key?: string } = {},
): Promise<Report> {
  const asker = asksBoth({
    measure: false,
    evaluate: false,
    env: { SLUICE_SECRET_SUPPORT_SIM_API_KEY: key },
    ...wanted,
  });
  return check({
    base: await folderTree(join(folder, 'base'), 'base'),
    head: await folderTree(join(folder, 'head'), 'head'),
    namespace: 'default',
    maxCostIncrease: 0.2,
    now: new Date('2026-11-24T00:00:00Z'),
    asking: asker.asking,
    ...more,
  }).finally(asker.close);
}

const told = (report: Report, wanted: string) =>
  allFindings(report).flatMap(({ level, rule, message }) => (level === wanted ? [`${rule} ${message}`] : []));
const text = (report: Report) => drawText(report, createColors(false));
const release = (report: Report, kind = 'PromptRelease') =>
  report.releases.find((each) => each.kind === kind)!;

test('measured figures are what the provider counted, of the same cases on both sides', async () => {
  lengthen();
  const report = await checked({ measure: true });
  const { call } = release(report);
  expect(call).toMatchObject({ basis: 'measured', cases: 5, casesFrom: 'EvalSuite tickets' });
  expect(asked).toHaveLength(10);
  const old = asked.filter(({ messages }) => !messages[0]!.content.includes('patience'));
  expect(old).toHaveLength(5);
  expect(call!.after!.inputTokens).toBeGreaterThan(call!.before!.inputTokens);
  const { inputTokens, outputTokens, callUSD } = call!.after!;
  expect(callUSD).toBeCloseTo((inputTokens * 0.25 + outputTokens * 2) / 1e6, 9);
  expect(call!.after).not.toHaveProperty('encoding');
  expect(text(report)).toContain('measured on 5 cases of EvalSuite tickets, with answers of');
  expect(drawMarkdown(report)).not.toContain('All figures are estimates.');
  expect(JSON.parse(drawJson(report))).toMatchObject({ estimated: false, failed: false, untold: false });
  expect(report.askedUSD).toBeGreaterThan(0);
});

test('a longer prompt costs more by what was measured, and the message that grew is named', async () => {
  lengthen();
  const report = await checked({ measure: true }, { maxCostIncrease: 0 });
  expect(told(report, 'error')).toEqual([
    expect.stringMatching(
      /^cost a call costs .* more than 0% more: messages\[0\] \(system\) grew .*; measured$/,
    ),
  ]);
});

test('longer answers alone are found only by asking', async () => {
  change('head', 'release.yaml', 'You sort tickets.', 'You sort parcels.');
  expect(told(await checked({}), 'error')).toEqual([]);
  expect(asked).toEqual([]);
  await simulator.close(100);
  const { port } = new URL(simulator.baseURL);
  simulator = await startSimulator({
    rules: [
      { match: { text: 'sort parcels' }, answer: 'word '.repeat(200) },
      { match: {}, answer: 'word' },
    ],
    seed: 7,
    key: KEY,
    port: Number(port),
  });
  const report = await checked({ measure: true });
  expect(told(report, 'error')).toEqual([expect.stringMatching(/^cost a call costs .*; measured$/)]);
});

test('an eval that is worse is told by case, and fails where the suite asks for a least score', async () => {
  worsen();
  const report = await checked({ evaluate: true });
  const [result] = release(report).evals!;
  expect(result).toMatchObject({
    suite: 'tickets',
    before: { answers: 5, passed: 5, errors: 0, score: 1 },
    after: { answers: 5, passed: 0, errors: 0 },
  });
  expect(result!.message).toMatch(/^scored 0\.\d+, base 1 over 5 cases/);
  expect(told(report, 'warning')).toHaveLength(5);
  expect(told(report, 'warning').join()).toContain('case "no way in": scores 0.');

  change('head', 'suite.yaml', 'gate: {}', 'gate: {minScore: "0.9"}');
  const strict = await checked({ evaluate: true });
  expect(told(strict, 'error')).toEqual([expect.stringContaining('at least 0.9 is asked for')]);
  expect(failed(strict)).toBe(true);
  expect(text(strict)).toContain('eval           tickets: Fail, 5 of 5 → 0 of 5 passed; ');
  expect(drawMarkdown(strict)).toContain('Evals:');
  expect(drawMarkdown(strict)).toMatch(/^### ❌/);
});

test('with both, no side is asked the same twice', async () => {
  lengthen();
  const report = await checked({ measure: true, evaluate: true });
  expect(asked.filter(({ model }) => model === 'small-1')).toHaveLength(10);
  expect(release(report)).toMatchObject({ call: { basis: 'measured' }, evals: [{ verdict: 'Pass' }] });
});

test('a model that is another one is asked on each side as that side has it', async () => {
  change('head', 'route.yaml', 'model: small-1', 'model: judge-1');
  const report = await checked({ evaluate: true });
  expect(report.releases.map(({ kind }) => kind).sort()).toEqual(['ModelRoute', 'PromptRelease']);
  expect(release(report).evals).toMatchObject([{ before: { passed: 5 }, after: { passed: 0, errors: 0 } }]);
  const tickets = asked.filter(({ messages }) => messages[0]?.content.startsWith('You sort tickets.'));
  const models = tickets.map(({ model }) => model).sort();
  expect(models).toEqual([...Array(5).fill('judge-1'), ...Array(5).fill('small-1')]);
});

test('what both sides would be asked alike is not asked', async () => {
  change('head', 'release.yaml', '  prompt:', '  owner: {team: support}\n  prompt:');
  change('head', 'provider.yaml', 'input: "0.25"', 'input: "0.26"');
  const report = await checked({ measure: true, evaluate: true });
  expect(report.releases.length).toBeGreaterThan(0);
  expect(asked).toEqual([]);
  expect(told(report, 'note').join()).toContain('both sides ask the same of the same model');
  expect(untold(report)).toBe(false);
});

test('a new release is asked alone; one that is removed is not', async () => {
  rmSync(join(folder, 'base/release.yaml'));
  const report = await checked({ measure: true, evaluate: true });
  expect(asked.filter(({ model }) => model === 'small-1')).toHaveLength(5);
  expect(release(report)).toMatchObject({ change: 'added', evals: [{ after: { passed: 5 } }] });
  expect(release(report).evals![0]).not.toHaveProperty('before');
  cpSync(join(EXAMPLE, 'manifests/release.yaml'), join(folder, 'base/release.yaml'));
  rmSync(join(folder, 'head/release.yaml'));
  asked = [];
  expect(release(await checked({ measure: true, evaluate: true })).change).toBe('removed');
  expect(asked).toEqual([]);
});

test('a variable that only one side takes is not given to the other', async () => {
  const closed = 'properties: {ticket: {type: string}}';
  change('base', 'release.yaml', closed, `${closed}\n      additionalProperties: false`);
  change('head', 'release.yaml', closed, 'properties: {ticket: {type: string}, tone: {type: string}}');
  change('head', 'release.yaml', 'Ticket:', 'Be {{tone}}. Ticket:');
  change('head', 'suite.yaml', 'vars: {ticket:', 'vars: {tone: kind, ticket:');
  const report = await checked({ measure: true, evaluate: true });
  expect(told(report, 'untold')).toEqual([]);
  expect(release(report).call).toMatchObject({ basis: 'measured', cases: 5 });
});

describe('what could not be told is no failure of the change', () => {
  test('a key that is wrong: estimates stay, and the key is nowhere', async () => {
    lengthen();
    const report = await checked(
      { measure: true, evaluate: true },
      { key: 'sk-wrong-4712', maxCostIncrease: 1 },
    );
    expect(failed(report)).toBe(false);
    expect(untold(report)).toBe(true);
    expect(release(report).call).toMatchObject({ basis: 'estimated' });
    expect(told(report, 'untold')).toEqual([
      expect.stringMatching(/^eval EvalSuite tickets: 10 of 10 could not be asked or judged.* 401/),
      expect.stringMatching(/^measure 5 of 5 cases not measured, the first: .* 401/),
    ]);
    const all = [text(report), drawMarkdown(report), drawJson(report), drawJunit(report), drawGithub(report)];
    expect(all.join()).not.toMatch(/4711|4712/);
    expect(drawMarkdown(report)).toMatch(/^### ❔ .* 2 could not be told/);
    expect(drawJunit(report)).toContain(
      'tests="3" failures="0" errors="1"'.replace('3', String(report.releases.length + 1)),
    );
    expect(drawJunit(report)).toContain('<error type="eval"');
    expect(drawGithub(report)).toContain('title=sluice measure::');
  });

  test('no key at all: the variable to set is named', async () => {
    lengthen();
    const report = await checked({ measure: true }, { key: '' });
    expect(told(report, 'untold').join()).toContain('SLUICE_SECRET_SUPPORT_SIM_API_KEY');
    expect(asked).toEqual([]);
  });

  test('the limit of spending holds over everything that is asked', async () => {
    lengthen();
    const report = await checked({ measure: true, evaluate: true, maxUSD: 0.0003 });
    expect(told(report, 'untold').join()).toContain('spend limit: --max-usd 0.0003 is reached');
    expect(asked.length).toBeLessThan(15);
    expect(report.askedUSD).toBeLessThan(0.0006);
  });

  test('with a limit, a price that is not known ends it', async () => {
    lengthen();
    for (const side of ['base', 'head'] as const)
      change(
        side,
        'provider.yaml',
        'pricesPerMillion: {input: "0.25", output: "2.00"}',
        'retiresOn: "2030-01-01"',
      );
    const report = await checked({ measure: true, maxUSD: 1 });
    expect(told(report, 'untold').join()).toContain('what an answer costs is not known');
    expect(report.askedUSD).toBeNull();
    const free = await checked({ measure: true });
    expect(release(free).call).toMatchObject({ basis: 'measured' });
    expect(text(free)).toContain('asking cost what is not known');
  });

  test('a gate whose suite is not there', async () => {
    change('head', 'release.yaml', 'name: tickets', 'name: gone');
    lengthen();
    const report = await checked({ evaluate: true });
    expect(told(report, 'untold')).toEqual([
      'eval EvalSuite gone, which spec.rollout.gates names, is not in the folder',
    ]);
  });

  test('one that is called off says so', async () => {
    lengthen();
    const controller = new AbortController();
    const report = await checked({
      measure: true,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(told(report, 'untold').join()).toContain('called off');
  });
});
