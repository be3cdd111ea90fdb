import { EventEmitter } from 'node:events';
import { silentLog } from '../lib/log.ts';
import { untilStopped } from './lifetime.ts';

function fakeProcess() {
  const emitter = new EventEmitter();
  const exits: number[] = [];
  const signals = { on: emitter.on.bind(emitter), exit: (code: number) => exits.push(code) };
  return { signals, exits, send: (signal: string) => emitter.emit(signal, signal) };
}

test('a signal stops, and the wait ends when that is done', async () => {
  const { signals, exits, send } = fakeProcess();
  const done: string[] = [];
  const over = untilStopped(async () => void done.push('stop'), silentLog, { signals });
  send('SIGTERM');
  await over;
  expect(done).toEqual(['stop']);
  expect(exits).toEqual([]);
});

test('a second signal ends at once, with the code that shells give it', async () => {
  const { signals, exits, send } = fakeProcess();
  const { promise, resolve } = Promise.withResolvers<void>();
  const over = untilStopped(() => promise, silentLog, { signals });
  send('SIGTERM');
  send('SIGINT');
  expect(exits).toEqual([130]);
  resolve();
  await over;
});

test('a stop that hangs is cut off with code 1', async () => {
  const { signals, send } = fakeProcess();
  const exited = new Promise<number>((resolve) => {
    untilStopped(() => new Promise(() => {}), silentLog, {
      limitMs: 10,
      signals: { ...signals, exit: resolve },
    });
  });
  send('SIGINT');
  expect(await exited).toBe(1);
});

test('what fails meanwhile stops everything and is handed on', async () => {
  const done: string[] = [];
  const stop = async () => void done.push('stop');
  const failed = Promise.reject(new Error('lease lost'));
  await expect(untilStopped(stop, silentLog, { failed, signals: fakeProcess().signals })).rejects.toThrow(
    'lease lost',
  );
  expect(done).toEqual(['stop']);
});

test('a stop that fails is a failure', async () => {
  const { signals, send } = fakeProcess();
  const over = untilStopped(() => Promise.reject(new Error('port stuck')), silentLog, { signals });
  send('SIGTERM');
  await expect(over).rejects.toThrow('port stuck');
});
