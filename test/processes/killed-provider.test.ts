import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import OpenAI from 'openai';
import { eventually } from '../eventually.ts';
import { startCallers } from './callers.ts';
import { type SluiceProcess, startSluice } from './process.ts';

const apiVersion = 'sluice.dev/v1alpha1';
let folder: string;
const started: SluiceProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-killed-provider-'));
});
afterAll(async () => {
  await Promise.all(started.map((each) => each.kill('SIGTERM')));
  await rm(folder, { recursive: true, force: true });
});

/** A provider that is a program of its own. */
async function startProvider(answer: string) {
  const flags = ['--port', '0', '--answer', answer, '--latency', '30', '--first-token', '10'];
  const program = startSluice(['simulate-provider', ...flags, '--tokens-per-second', '100']);
  started.push(program);
  const [, url] = await eventually(
    () => program.output(),
    () => /simulator on (http:\S+)\/v1/.exec(program.output()) ?? undefined,
  );
  return { program, url: url! };
}

/** `sluice run` with a route whose second backend is at `fallback`. */
async function startGateway(primary: string, fallback: string) {
  const provider = (name: string, url: string) => ({
    kind: 'ModelProvider',
    metadata: { name },
    spec: { dialect: 'OpenAI', baseURL: `${url}/v1` },
  });
  const backend = (name: string) => ({ name, providerRef: { name }, model: 'm' });
  const route = {
    kind: 'ModelRoute',
    metadata: { name: 'fast' },
    spec: { backends: [backend('primary'), backend('fallback')] },
  };
  const objects = [provider('primary', primary), provider('fallback', fallback), route];
  for (const [at, object] of objects.entries())
    await writeFile(join(folder, `${at}.yaml`), dump({ apiVersion, ...object }));
  const addresses = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
  const sluice = startSluice(['run', '--manifests', folder, ...addresses]);
  started.push(sluice);
  const { url } = await sluice.logged(({ msg }) => msg === 'the gateway listens');
  return { sluice, url: String(url) };
}

/** Streams one after another until stopped: how each ended, and whether it had begun. */
function startStreams(url: string) {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'caller', maxRetries: 0 });
  const ends: { text: string; begun: boolean; error?: unknown }[] = [];
  let stopped = false;
  const one = async () => {
    let text = '';
    let begun = false;
    try {
      const messages = [{ role: 'user' as const, content: 'Where is my parcel?' }];
      const stream = await client.chat.completions.create({ model: 'fast', stream: true, messages });
      for await (const { choices } of stream) {
        begun = true;
        text += choices[0]?.delta.content ?? '';
      }
      ends.push({ text, begun });
    } catch (error) {
      ends.push({ text, begun, error });
    }
  };
  const loop = async () => {
    while (!stopped) await one();
  };
  const loops = Promise.all([loop(), loop(), loop(), loop()]);
  return {
    ends,
    async stop() {
      stopped = true;
      await loops;
    },
  };
}

test('a provider that is killed under load loses no call that another could answer', async () => {
  const [primary, fallback] = [
    await startProvider('from the primary'),
    await startProvider('from the fallback'),
  ];
  const { sluice, url } = await startGateway(primary.url, fallback.url);
  const said = () => sluice.output().slice(-2_000);
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'caller' });
  await eventually(said, () => client.models.list().then(({ data }) => data.length > 0));
  const plain = startCallers(url, 'fast', 60);
  const streams = startStreams(url);
  const streamed = (text: string) => streams.ends.filter((each) => each.text === text).length;
  await eventually(said, () => streamed('from the primary') >= 4);

  await primary.program.kill('SIGKILL');
  await eventually(said, () => streamed('from the fallback') >= 8);
  await plain.stop();
  await streams.stop();

  expect(plain.errors()).toEqual([]);
  // What had begun, be it without a word so far, cannot be answered by another: it ends in an error, and in no other way.
  const broken = streams.ends.filter(({ error }) => error !== undefined);
  expect(broken.filter(({ begun }) => !begun)).toEqual([]);
  expect(broken.length).toBeLessThanOrEqual(4);
  const answers = plain.counts().answered + streams.ends.length;
  await sluice.kill('SIGTERM');
  const records = sluice
    .output()
    .split('\n')
    .filter((line) => line.includes('"sluice.call"'));
  expect(records).toHaveLength(answers);
}, 60_000);
