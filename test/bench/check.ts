import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RELEASES = 500;
const main = join(import.meta.dirname, '../../src/cli/main.ts');
const [flag, json] = process.argv.slice(2);
if (flag !== undefined && (flag !== '--json' || json === undefined)) {
  process.stderr.write('usage: npm run bench:check -- [--json FILE]\n');
  process.exit(2);
}

const repository = mkdtempSync(join(tmpdir(), 'sluice-bench-check-'));
const git = (...args: string[]) =>
  execFileSync('git', [
    '-C',
    repository,
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@localhost',
    ...args,
  ]);

try {
  write(0, RELEASES, 0);
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'base');
  const rows = [0, 1, RELEASES].map((changed) => {
    write(0, changed, 1);
    const seconds = [0, 1, 2].map(() => measure()).sort((a, b) => a - b)[1]!;
    return { releases: RELEASES, changed, seconds };
  });
  process.stdout.write('releases  changed  seconds (median of 3 runs of the whole program)\n');
  for (const { releases, changed, seconds } of rows) {
    process.stdout.write(
      `${String(releases).padStart(8)}  ${String(changed).padStart(7)}  ${seconds.toFixed(2)}\n`,
    );
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ rows }, null, 2)}\n`);
} finally {
  rmSync(repository, { recursive: true, force: true });
}

function measure(): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [
    main,
    'check',
    repository,
    '--base',
    'HEAD',
    '-o',
    'json',
  ]);
  if (status !== 0) throw new Error(`sluice check ended with ${status}: ${stderr}`);
  return (performance.now() - began) / 1000;
}

function write(from: number, to: number, version: number): void {
  mkdirSync(join(repository, 'releases'), { recursive: true });
  writeFileSync(
    join(repository, 'route.yaml'),
    `apiVersion: sluice.dev/v1alpha1
kind: ModelProvider
metadata: {name: openai}
spec: {dialect: OpenAI, baseURL: "https://api.openai.com/v1"}
---
apiVersion: sluice.dev/v1alpha1
kind: ModelRoute
metadata: {name: fast}
spec: {backends: [{name: main, providerRef: {name: openai}, model: gpt-4o-mini}]}
`,
  );
  for (let at = from; at < to; at++) {
    const prose = `Rule ${at}: read the ticket of {{customer}} and say which queue it belongs to. `.repeat(
      25,
    );
    writeFileSync(
      join(repository, 'releases', `release-${at}.yaml`),
      `apiVersion: sluice.dev/v1alpha1
kind: PromptRelease
metadata: {name: release-${at}}
spec:
  routeRef: {name: fast}
  prompt:
    messages:
      - {role: system, content: "${prose}"}
      - {role: user, content: "Version ${version} of {{question}}"}
    variables:
      type: object
      required: [question]
      properties: {customer: {type: string, default: Acme}, question: {type: string}}
`,
    );
  }
}
