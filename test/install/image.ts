import { chmod, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../control-plane/run.ts';
import { root } from './chart.ts';

/** What an image would hold and start. */
export interface Image {
  /** The folder that stands for its root. */
  folder: string;
  entrypoint: string[];
  user: string;
  remove(): Promise<void>;
}

/** A Dockerfile's instructions, as far as this one has them: each on a line of its own. */
const instructionsOf = (text: string): { name: string; rest: string }[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ name: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));

/**
 * Does what the Dockerfile says without Docker: copies, and runs each RUN, with the npm and node of this machine instead of
 * those of the images. Throws, with its last words, where a command fails, and for an instruction that it does not know.
 */
export async function buildImage(): Promise<Image> {
  const top = await mkdtemp(join(tmpdir(), 'sluice-image-'));
  // Whoever runs it must be able to get there.
  await chmod(top, 0o755);
  let stage = '';
  let workdir = '/';
  let entrypoint: string[] = [];
  let user = '';
  const inStage = (path: string) => join(top, stage, path.startsWith('/') ? path : join(workdir, path));

  const copy = async (words: string[]): Promise<void> => {
    const from = /^--from=(.*)/.exec(words[0] ?? '')?.[1];
    const sources = words.slice(from === undefined ? 0 : 1, -1);
    const target = words.at(-1) ?? '';
    for (const source of sources) {
      const into = target === './' ? join(target, source.split('/').at(-1)!) : target;
      const origin = from === undefined ? join(root, source) : join(top, from, source);
      await mkdir(dirname(inStage(into)), { recursive: true });
      await cp(origin, inStage(into), { recursive: true, filter: (path) => !path.endsWith('.test.ts') });
    }
  };

  for (const { name, rest } of instructionsOf(await readFile(join(root, 'Dockerfile'), 'utf8'))) {
    if (name === 'FROM') {
      stage = / AS (\w+)$/.exec(rest)?.[1] ?? 'final';
      workdir = '/';
    } else if (name === 'WORKDIR') {
      workdir = rest;
      await mkdir(inStage('.'), { recursive: true });
    } else if (name === 'COPY') await copy(rest.split(' '));
    else if (name === 'RUN') await succeed(rest, inStage('.'));
    else if (name === 'ENTRYPOINT') entrypoint = JSON.parse(rest) as string[];
    else if (name === 'USER') user = rest;
    else if (!['ARG', 'ENV', 'EXPOSE'].includes(name))
      throw new Error(`Dockerfile: ${name} is not known here`);
  }
  return {
    folder: join(top, stage),
    entrypoint,
    user,
    remove: () => rm(top, { recursive: true, force: true }),
  };
}

async function succeed(command: string, cwd: string): Promise<void> {
  // npm run adds this repository's own programs to PATH: an image has only what its stage installed.
  const path = (process.env.PATH ?? '').split(':').filter((each) => !each.includes('node_modules'));
  const env = { ...process.env, PATH: path.join(':'), NODE_OPTIONS: '', npm_config_prefer_offline: 'true' };
  const { code, stdout, stderr } = await run('sh', ['-c', command], { cwd, env });
  if (code !== 0) throw new Error(`RUN ${command}: ${(stdout + stderr).slice(-2000)}`);
}
