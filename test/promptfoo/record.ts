import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { CASES, type Case } from './cases.ts';

// What the real promptfoo says of every case, written to verdicts.json:
//   npm ci --prefix test/promptfoo --omit=optional --ignore-scripts && npm run parity
// `npm run parity -- --check` writes nothing and fails where the file says otherwise.

export interface Verdict {
  pass: boolean;
  score: number;
}

const file = join(import.meta.dirname, 'verdicts.json');
const installed = join(import.meta.dirname, 'node_modules/promptfoo/dist/src/index.js');

Object.assign(process.env, {
  PROMPTFOO_DISABLE_TELEMETRY: '1',
  PROMPTFOO_DISABLE_UPDATE: '1',
  PROMPTFOO_CACHE_ENABLED: 'false',
  PROMPTFOO_CONFIG_DIR: join(import.meta.dirname, 'node_modules/.promptfoo'),
});

interface Told {
  results: { success: boolean; score: number; error?: string; testIdx: number }[];
}

/** A provider that answers as the case has it, and the judge and the embeddings of that case. */
function configOf(given: Case): object {
  const { output, latencyMs, costUSD, finishReason, judge, embeddings } = given;
  const answering = {
    id: () => 'case',
    callApi: async () => {
      if (latencyMs !== undefined) await delay(latencyMs);
      return {
        output,
        ...(costUSD !== undefined && { cost: costUSD }),
        ...(finishReason && { finishReason }),
      };
    },
  };
  const judging = { id: () => 'judge', callApi: async () => ({ output: judge }) };
  const embedding = {
    id: () => 'embeddings',
    callApi: async () => ({ error: 'no text' }),
    callEmbeddingApi: async (text: string) => ({
      embedding: embeddings?.[text === output ? 'answer' : text],
    }),
  };
  return {
    prompts: ['case'],
    providers: [answering],
    writeLatestResults: false,
    tests: [
      {
        ...(given.vars && { vars: given.vars }),
        ...(given.threshold !== undefined && { threshold: given.threshold }),
        assert: given.assert.map((each) => ({
          ...each,
          ...(embeddings !== undefined && { provider: embedding }),
          ...(judge !== undefined && { provider: judging }),
        })),
      },
    ],
  };
}

async function record(): Promise<Record<string, Verdict>> {
  const { default: promptfoo } = (await import(String(pathToFileURL(installed)))) as {
    default: { evaluate(config: object, options: object): Promise<Told> };
  };
  const verdicts: Record<string, Verdict> = {};
  for (const given of CASES) {
    const { results } = await promptfoo.evaluate(configOf(given), { cache: false, maxConcurrency: 1 });
    const [result] = results;
    if (result === undefined) throw new Error(`${given.name}: promptfoo said nothing`);
    verdicts[given.name] = { pass: result.success, score: result.score };
  }
  return verdicts;
}

const verdicts = `${JSON.stringify(await record(), null, 2)}\n`;
if (process.argv.includes('--check')) {
  if ((await readFile(file, 'utf8')) !== verdicts) {
    process.stderr.write('test/promptfoo/verdicts.json is not what promptfoo says: run npm run parity\n');
    process.exitCode = 1;
  }
} else {
  await writeFile(file, verdicts);
  process.stdout.write(`${CASES.length} cases recorded\n`);
}
