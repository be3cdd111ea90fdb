import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createColors } from 'picocolors';
import { type CheckOptions, check } from './check.ts';
import { drawGithub, drawJson, drawJunit } from './draw/machine.ts';
import { drawMarkdown } from './draw/markdown.ts';
import { drawText } from './draw/text.ts';
import { folderTree } from './folder-tree.ts';
import { gitTree } from './git.ts';
import { allFindings, type Report } from './report.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-check-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(side: 'base' | 'head', files: Record<string, string>): Promise<void> {
  await mkdir(join(folder, side), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, side, path)), { recursive: true });
    await writeFile(join(folder, side, path), text);
  }
}

async function compared(
  base: Record<string, string>,
  head: Record<string, string>,
  more: Partial<CheckOptions> = {},
): Promise<Report> {
  await write('base', base);
  await write('head', head);
  return checked(more);
}

const checked = async (more: Partial<CheckOptions> = {}) =>
  check({
    base: await folderTree(join(folder, 'base'), 'base'),
    head: await folderTree(join(folder, 'head'), 'head'),
    namespace: 'default',
    maxCostIncrease: 0.2,
    now: new Date('2026-09-23T00:00:00Z'),
    ...more,
  });

const errors = (report: Report) =>
  allFindings(report)
    .filter(({ level }) => level === 'error')
    .map(({ rule, file, line, message }) => `${rule} ${file}:${line} ${message}`);

const head = (kind: string, name: string) =>
  `apiVersion: sluice.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\n`;
const release = (content: string, more = '') =>
  `${head('PromptRelease', 'greet')}spec:\n  routeRef: {name: fast}\n  prompt:\n    messages:\n      - {role: system, content: Be kind.}\n      - role: user\n        content: ${JSON.stringify(content)}\n${more}`;
const VARIABLES = '    variables: {type: object, required: [name], properties: {name: {type: string}}}\n';
const provider = (input: string, output: string) =>
  `${head('ModelProvider', 'p')}spec: {dialect: OpenAI, baseURL: "http://127.0.0.1:1/v1", models: [{name: m, pricesPerMillion: {input: "${input}", output: "${output}"}}]}\n`;
const route = (more = '') =>
  `${head('ModelRoute', 'fast')}spec: {backends: [{name: b, providerRef: {name: p}, model: m}]${more}}\n`;
const SETTING = { 'provider.yaml': provider('1', '2'), 'route.yaml': route() };
const SHORT = 'Say hello to the customer and ask what can be done for them today.';

test('a prompt that doubles is caught without a network, with the message and its line', async () => {
  const report = await compared(
    { ...SETTING, 'a.yaml': release(SHORT) },
    { ...SETTING, 'a.yaml': release(`${SHORT} ${SHORT} ${SHORT}`) },
  );
  expect(errors(report)).toEqual([
    expect.stringMatching(/^cost a\.yaml:9 .*messages\[1\] \(user\) grew from \d+ to \d+ tokens; estimated$/),
  ]);
  expect(report.releases).toHaveLength(1);
  expect(report.releases[0]).toMatchObject({ change: 'changed', name: 'greet' });
  const { before, after } = report.releases[0]!.call!;
  expect(after!.inputTokens).toBeGreaterThan(1.9 * before!.inputTokens);
  expect(before).toMatchObject({ model: 'm', encoding: 'o200k_base', outputTokens: 256 });
});

test('with a given length of answers only what the whole call costs counts', async () => {
  const sides = [
    { ...SETTING, 'a.yaml': release(SHORT) },
    { ...SETTING, 'a.yaml': release(`${SHORT} ${SHORT}`) },
  ] as const;
  expect(errors(await compared(...sides, { outputTokens: 5_000 }))).toEqual([]);
  expect(errors(await checked({ outputTokens: 1 }))).toHaveLength(1);
});

test('a price that rises reaches the releases of the route, which did not change themselves', async () => {
  const report = await compared(
    { ...SETTING, 'a.yaml': release(SHORT) },
    { ...SETTING, 'provider.yaml': provider('1', '9'), 'a.yaml': release(SHORT) },
  );
  expect(report.releases.map(({ kind, change }) => `${kind} ${change}`).sort()).toEqual([
    'ModelRoute affected',
    'PromptRelease affected',
  ]);
  expect(errors(report)).toHaveLength(2);
});

test('without a price tokens are compared', async () => {
  const none = { 'route.yaml': route() };
  const report = await compared(
    { ...none, 'a.yaml': release(SHORT) },
    { ...none, 'a.yaml': release(`${SHORT} ${SHORT} ${SHORT}`) },
  );
  expect(errors(report)).toEqual([expect.stringContaining('the price is not known')]);
  expect(report.releases[0]!.call!.after).not.toHaveProperty('callUSD');
});

test('what is renamed, moved, or has other line ends, has not changed', async () => {
  const report = await compared(
    { ...SETTING, 'a.yaml': release(SHORT), 'b.yaml': release(SHORT).replace('greet', 'other') },
    {
      'all/settings.yaml': `${SETTING['provider.yaml']}---\n${SETTING['route.yaml']}`,
      'z.yaml': release(SHORT),
      'b.yaml': release(SHORT).replace('greet', 'other').replaceAll('\n', '\r\n'),
    },
  );
  expect(report).toMatchObject({ releases: [], unchanged: 3 });
});

test('an added and a removed release are said; a route that is removed under a release is an error', async () => {
  const report = await compared(
    { ...SETTING, 'a.yaml': release(SHORT) },
    {
      'provider.yaml': SETTING['provider.yaml'],
      'a.yaml': release(SHORT),
      'n.yaml': release(SHORT).replace('greet', 'new'),
    },
  );
  expect(Object.fromEntries(report.releases.map(({ name, change }) => [name, change]))).toEqual({
    greet: 'affected',
    new: 'added',
    fast: 'removed',
  });
  expect(errors(report)).toEqual(
    ['a.yaml', 'n.yaml'].map(
      (file) => `reference ${file}:5 spec.routeRef.name: ModelRoute default/fast is removed`,
    ),
  );
  expect(allFindings(report).filter(({ rule }) => rule === 'cost')).toEqual([]);
});

test('schema, template and variables, each at its line', async () => {
  const report = await compared(SETTING, {
    ...SETTING,
    'schema.yaml': release(SHORT).replace('greet', 'schema').replace('role: user', 'role: boss'),
    'template.yaml': release('{{#each}}x{{/each}}').replace('greet', 'template'),
    'unknown.yaml': release('Hello {{nmae}}', VARIABLES).replace('greet', 'unknown'),
    'twice.yaml': `${release(SHORT)}---\n${release(SHORT)}`,
    'conflict.yaml': `<<<<<<< HEAD\n${release(SHORT)}=======\n${release(SHORT)}>>>>>>> other\n`,
  });
  expect(errors(report).sort()).toEqual([
    expect.stringMatching(/^duplicate twice\.yaml:12 PromptRelease default\/greet is in twice\.yaml already/),
    expect.stringMatching(/^schema conflict\.yaml:\d+ is no YAML/),
    expect.stringMatching(/^schema schema\.yaml:9 spec\.prompt\.messages\[1\]\.role: must be one of/),
    expect.stringMatching(/^template template\.yaml:10 /),
    expect.stringMatching(/^variables unknown\.yaml:10 .*unknown variable "nmae"/),
  ]);
  expect(allFindings(report).map(({ message }) => message)).toContain(
    'spec.prompt.variables: "name" is declared and used by no message',
  );
});

test('an object that a new file has again is told of, whichever of both files is read first', async () => {
  const base = { ...SETTING, 'b.yaml': release(SHORT) };
  const again = expect.stringMatching(/^duplicate .* PromptRelease default\/greet is in [abc]\.yaml already/);
  expect(errors(await compared(base, { ...base, 'c.yaml': release(SHORT) }))).toEqual([again]);
  await rm(join(folder, 'head'), { recursive: true });
  expect(errors(await compared(base, { ...base, 'a.yaml': release(`${SHORT} Now.`) }))).toEqual([again]);
  await write('base', { 'a.yaml': release(`${SHORT} Now.`), 'new.yaml': '' });
  expect(errors(await checked())).toEqual([]);
});

test('the cases of a suite are counted, and a variable that none gives is said', async () => {
  const suite = `${head('EvalSuite', 's')}spec:\n  cases: [{vars: {name: "${'long '.repeat(500)}"}}, {vars: {}}]\n  schedule: {every: 24h, releases: [{kind: PromptRelease, name: greet}]}\n`;
  const after = { ...SETTING, 's.yaml': suite, 'a.yaml': release('Hi {{name}}', VARIABLES) };
  const report = await compared(SETTING, after);
  const { call } = report.releases.find(({ name }) => name === 'greet')!;
  expect(call).toMatchObject({ cases: 2, casesFrom: 'EvalSuite s' });
  expect(call!.after!.inputTokens).toBeGreaterThan(250);
  const none = await checked({ cases: [{ vars: {} }] });
  expect(allFindings(none).map(({ message }) => message)).toContainEqual(
    expect.stringContaining('"name" is required and no case of --cases gives it'),
  );
});

test('a budget that the calls of a day go over', async () => {
  const setting = { ...SETTING, 'route.yaml': route(', budgets: {dailyUSD: "1"}') };
  const after = { ...setting, 'a.yaml': release(SHORT) };
  const report = await compared(setting, after, { callsPerDay: 1_000_000 });
  expect(errors(report)).toEqual([
    expect.stringMatching(/^budget .*1000000 calls a day cost \$\d+.* is not enough; estimated$/),
  ]);
  expect(errors(await checked({ callsPerDay: 10 }))).toEqual([]);
});

test('a budget of one call, and one of the release itself', async () => {
  const setting = { ...SETTING, 'route.yaml': route(', budgets: {perCallUSD: "0.0001"}') };
  const of = (budgets: string) => ({ ...setting, 'a.yaml': release(SHORT, `  budgets: ${budgets}\n`) });
  const report = await compared(setting, of('{dailyUSD: "0.01", perCallUSD: "1"}'), { callsPerDay: 100 });
  expect(errors(report)).toEqual([
    expect.stringMatching(
      /^budget a\.yaml:5 a call costs .* budget of fast, \$0\.000100 a call, is not enough; estimated$/,
    ),
    expect.stringMatching(/^budget a\.yaml:11 100 calls a day cost .* budget of greet, \$0\.0100 a day,/),
  ]);
});

test('a budget that nothing can be held against, since the price is not known, is said', async () => {
  const unpriced = provider('1', '2').replace(/, models: .*\]/, '');
  const setting = { 'provider.yaml': unpriced, 'route.yaml': route(', budgets: {dailyUSD: "1"}') };
  const sides = [SHORT, `${SHORT} Now.`].map((text) => ({ ...setting, 'a.yaml': release(text) }));
  const report = await compared(sides[0]!, sides[1]!, { callsPerDay: 1_000_000 });
  expect(allFindings(report)).toMatchObject([
    {
      level: 'warning',
      rule: 'budget',
      message: expect.stringContaining(
        'whether the budget of fast is enough cannot be told: the price of m is',
      ),
    },
  ]);
});

test("templates of others' kinds are left alone, and so are links, large files and bombs of aliases", async () => {
  await write('base', SETTING);
  await write('head', {
    ...SETTING,
    'chart/deployment.yaml': 'kind: Deployment\nmetadata:\n  {{- include "x" . | nindent 2 }}\n',
    'bomb.yaml': `# sluice.dev/v1alpha1\na: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghi'[at]}`)}]`).join('\n')}\n`,
    'large.yaml': '',
  });
  await truncate(join(folder, 'head/large.yaml'), 100 * 1024 * 1024);
  await writeFile(join(folder, 'outside.yaml'), release(SHORT));
  await symlink(join(folder, 'outside.yaml'), join(folder, 'head/link.yaml'));
  await symlink(folder, join(folder, 'head/up'));
  const report = await checked();
  expect(report.releases).toEqual([]);
  expect(report.skipped.map(({ path }) => path)).toEqual(['large.yaml', 'link.yaml']);
  expect(errors(report).every((each) => each.startsWith('schema bomb.yaml'))).toBe(true);
});

test('a list of objects is not looked into, which is said', async () => {
  const items = [JSON.stringify({ apiVersion: 'sluice.dev/v1alpha1', kind: 'EvalSuite', spec: { oops: 1 } })];
  const list = `apiVersion: v1\nkind: List\nitems: [${items}]\n`;
  const report = await compared(SETTING, {
    ...SETTING,
    'list.yaml': list,
    'pods.yaml': 'apiVersion: v1\nkind: List\nitems: [null]\n# EvalSuite sluice.dev/\n',
  });
  expect(allFindings(report)).toMatchObject([
    {
      level: 'warning',
      file: 'list.yaml',
      line: 1,
      message: expect.stringContaining('a List is not looked into'),
    },
  ]);
});

test('no form shows credentials, nor what a terminal, GitHub or a page would obey', async () => {
  const bad = provider('1', '2')
    .replace('http://127', 'https://me:hunter2secret@127')
    .replace('name: p', 'name: q');
  const report = await compared(SETTING, { ...SETTING, 'x\u001b[31m`|\n::error::.yaml': bad });
  expect(errors(report)).not.toEqual([]);
  const forms = [
    drawText(report, createColors(false)),
    drawMarkdown(report),
    drawJson(report),
    drawGithub(report),
    drawJunit(report),
  ];
  for (const form of forms) {
    expect(form).not.toContain('hunter2');
    expect(form).not.toContain('\u001b');
    expect(form).not.toMatch(/^::error::/m);
  }
});

describe('git', () => {
  const git = (...args: string[]) =>
    execFileSync('git', [
      '-C',
      folder,
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@localhost',
      ...args,
    ]).toString();

  beforeEach(async () => {
    await write('base', { ...SETTING, 'a.yaml': release(SHORT) });
    await rename(join(folder, 'base'), join(folder, 'deploy dir'));
    git('init', '-q', '-b', 'trunk');
    git('add', '-A');
    git('commit', '-qm', 'base');
  });

  test('a commit is read as its folder was, and equal files have equal ids', async () => {
    const deploy = join(folder, 'deploy dir');
    const was = await gitTree({ folder: deploy, ref: 'trunk' });
    expect(was.files).toEqual((await folderTree(deploy)).files);
    const [first] = was.files;
    expect((await was.read([first!.id])).get(first!.id)).toBe(release(SHORT));
  });

  test('the base is where the branch left it', async () => {
    const left = git('rev-parse', 'HEAD').trim();
    git('switch', '-qc', 'work');
    git('commit', '-qm', 'mine', '--allow-empty');
    git('switch', '-q', 'trunk');
    await writeFile(join(folder, 'deploy dir', 'b.yaml'), '');
    git('add', '-A');
    git('commit', '-qm', 'theirs');
    const tree = await gitTree({ folder, ref: 'trunk', partedFrom: 'work' });
    expect(tree.label).toContain(left.slice(0, 10));
    expect(tree.files).toHaveLength(3);
  });

  test.each(['--output=/tmp/x', '-h', 'no-such', 'HEAD; id', ''])('%j is no commit', async (ref) => {
    await expect(gitTree({ folder, ref })).rejects.toThrow(/is no git ref|knows no commit/);
  });

  test('what is wrong with the folder is not blamed on the commit', async () => {
    const gone = gitTree({ folder: join(folder, 'no-such'), ref: 'HEAD' });
    await expect(gone).rejects.toThrow(/^git rev-parse: .*no-such/);
    await rm(join(folder, '.git'), { recursive: true });
    await expect(gitTree({ folder, ref: 'HEAD' })).rejects.toThrow(/^git rev-parse: /);
  });

  test('links in a commit are left out', async () => {
    await symlink('/etc/passwd', join(folder, 'deploy dir', 'link.yaml'));
    git('add', '-A');
    git('commit', '-qm', 'link');
    const tree = await gitTree({ folder, ref: 'HEAD' });
    expect(tree.skipped).toEqual([{ path: 'deploy dir/link.yaml', why: 'is a link' }]);
  });
});
