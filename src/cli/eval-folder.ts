import { isReleaseKind, nameOf, type Resource } from '../api/resource.ts';
import { evaluate } from '../evaluator/evaluate.ts';
import { type FolderSource, folderSource } from '../evaluator/folder-source.ts';
import { jsonReport } from '../evaluator/report/json.ts';
import { junitReport } from '../evaluator/report/junit.ts';
import { textReport } from '../evaluator/report/text.ts';
import type { Progress } from '../evaluator/run-suite.ts';
import { verdictOf } from '../evaluator/verdict.ts';
import type { AskedRelease } from '../gateway/ask.ts';
import { messageOf } from '../lib/log.ts';
import { parseWanted } from '../plugin/find.ts';
import type { Source } from '../store/store.ts';
import { createLog, type LogLevel } from './log.ts';
import { print } from './output.ts';
import { progressLine, terminalProgress } from './progress.ts';
import { UsageError } from './usage-error.ts';

export interface EvalFolderOptions {
  /** NAME, or NAMESPACE/NAME. */
  suite: string;
  manifests: string;
  state?: string;
  namespace: string;
  release?: string;
  against?: string;
  maxUsd?: number;
  output: 'text' | 'json' | 'junit';
  logLevel: LogLevel;
}

/** Where it writes; a process's own by default. */
export interface EvalStreams {
  out: (text: string) => void;
  /** Absent where nobody looks on. */
  progress?: (line: string) => void;
  note: (line: string) => void;
  env?: Readonly<Record<string, string | undefined>>;
}

function terminal(): Pick<EvalStreams, 'progress'> {
  const progress = terminalProgress();
  return progress ? { progress } : {};
}

const OWN: EvalStreams = {
  out: print,
  ...terminal(),
  note: (line) => void process.stderr.write(`${line}\n`),
};

const CODES = { Pass: 0, Fail: 3, Error: 1 } as const;

/**
 * Runs a suite over a folder, prints how it came out, and gives the exit code.
 * @throws UsageError where suite, release or revision cannot be told from what is given
 */
export async function evalFolder(options: EvalFolderOptions, streams: EvalStreams = OWN): Promise<number> {
  const { manifests, state, namespace, output } = options;
  const { out, progress, note, env } = streams;
  const log = createLog(options.logLevel);
  const folder = await folderSource({ manifests, state, namespace, log, ...(env && { env }) });
  const suite = suiteNamed(folder.source, options.suite);
  const release = releaseNamed(folder.source, suite, options.release);
  const made = await folder.made(release);
  if ('problem' in made) throw new Error(made.problem);
  const named = options.against === undefined ? undefined : revisionNamed(folder, release, options.against);
  const against = named === made.revision ? undefined : named;
  if (named !== against) note(`the manifests make ${named}: there is nothing to compare it with`);

  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop);
  try {
    const run = await evaluate({
      source: folder.source,
      suite,
      release,
      revision: made.revision,
      against,
      maxUSD: options.maxUsd,
      log,
      signal: controller.signal,
      ...(progress && { onProgress: (at: Progress) => progress(progressLine(at)) }),
    });
    if ('problems' in run) throw new Error(run.problems.join('\n'));
    progress?.('');
    const free = run.cases.filter(({ assert }) => assert.length === 0).length;
    if (free > 0)
      note(`${free} of ${run.cases.length} cases hold the answer against nothing: they pass whatever it is`);
    const judged = verdictOf(run, suite.spec.gate);
    if (output === 'json') out(`${JSON.stringify(jsonReport(run, judged), null, 2)}\n`);
    else if (output === 'junit') out(`${junitReport(run, judged)}\n`);
    else out(`${textReport(run, judged).join('\n')}\n`);
    return CODES[judged.verdict];
  } finally {
    process.removeListener('SIGINT', stop);
  }
}

function suiteNamed(source: Source, text: string): Resource<'EvalSuite'> {
  const all = source.list('EvalSuite');
  const found = all.filter(({ metadata }) => metadata.name === text || nameOf(metadata) === text);
  if (found.length === 1) return found[0]!;
  const names = (found.length > 0 ? found : all).map(({ metadata }) => nameOf(metadata)).join(', ');
  const what = found.length > 0 ? 'is in several namespaces' : 'is no EvalSuite of the manifests';
  throw new UsageError(`${text} ${what}: ${names === '' ? 'there is none' : `there are ${names}`}`);
}

/** What is said, else what the suite's schedule names alone, else the only PromptRelease of its namespace. */
function releaseNamed(
  source: Source,
  { metadata: { namespace }, spec, invalid }: Resource<'EvalSuite'>,
  text: string | undefined,
): AskedRelease {
  if (text === undefined) {
    const scheduled = invalid === undefined ? (spec.schedule?.releases ?? []) : [];
    const prompts = source
      .list('PromptRelease')
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map(({ kind, metadata }) => ({ kind, name: metadata.name }));
    const found = scheduled.length === 1 ? scheduled : prompts;
    if (found.length === 1) return { ...found[0]!, namespace };
    const names = prompts.map(({ name }) => `prel/${name}`).join(', ');
    throw new UsageError(
      `say what is asked: --release KIND/NAME; there are ${names === '' ? 'none' : names}`,
    );
  }
  let wanted: ReturnType<typeof parseWanted>;
  try {
    wanted = parseWanted(text);
  } catch (error) {
    throw new UsageError(`--release: ${messageOf(error)}`);
  }
  const kind = wanted.kinds.find((each) => source.get(each, namespace, wanted.name) !== undefined);
  if (kind !== undefined && isReleaseKind(kind)) return { kind, namespace, name: wanted.name };
  throw new UsageError(`--release ${text}: there is none in namespace ${namespace}, where the suite is`);
}

function revisionNamed({ source, stable }: FolderSource, release: AskedRelease, text: string): string {
  const said = text === 'stable' ? (stable(release) ?? text) : text;
  const kept = source.revisions(release).map(({ name }) => name);
  const found = kept.filter((name) => name === said || name.endsWith(`-${said}`));
  if (found.length === 1) return found[0]!;
  throw new UsageError(
    `--against ${text} is no kept revision of ${release.kind} ${nameOf(release)}: give --state, the folder of sluice run; ` +
      `kept are: ${kept.join(', ') || 'none'}`,
  );
}
