import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { Scene } from './frame.ts';
import { createView } from './view.ts';

const scene: Scene = {
  title: 'v1 serves',
  elapsedMs: 0,
  status: { phase: 'Healthy', message: 'a message' },
  names: new Map(),
  rate: () => 0,
  total: { calls: 0, bad: 0, errors: 0 },
};

function stream(isTTY: boolean, columns = 100) {
  const sink = new PassThrough({ encoding: 'utf8' });
  const taken = Object.assign(sink, { isTTY, columns }) as unknown as NodeJS.WriteStream;
  return { taken, text: () => String(sink.read() ?? '') };
}

test('on a terminal the picture is drawn over the one before', () => {
  const { taken, text } = stream(true);
  const view = createView(taken, {});
  view.show(scene);
  const first = text();
  expect(first).not.toContain('\x1b[1A');
  const height = first.split('\n').length - 1;
  view.show({ ...scene, title: 'v2 comes' });
  expect(text().startsWith(`\x1b[${height}A`)).toBe(true);
  view.say(['the end']);
  expect(text()).toBe('the end\n');
});

test('NO_COLOR takes the colours away', () => {
  const { taken, text } = stream(true);
  createView(taken, {}).show(scene);
  expect(text()).toContain('\x1b[32m');
  createView(taken, { NO_COLOR: '1' }).show(scene);
  expect(text()).not.toContain('\x1b[32m');
});

test('no line is longer than the terminal is wide', () => {
  const { taken, text } = stream(true, 30);
  createView(taken, { NO_COLOR: '1' }).show({ ...scene, status: { message: 'x'.repeat(200) } });
  const widths = stripVTControlCharacters(text().replaceAll('\r', ''))
    .split('\n')
    .map((line) => line.length);
  expect(Math.max(...widths)).toBe(29);
});

test('elsewhere a line is written when something changes, or once in a while', () => {
  const { taken, text } = stream(false);
  const view = createView(taken, {});
  view.show(scene);
  view.show({ ...scene, elapsedMs: 1000 });
  view.show({ ...scene, elapsedMs: 2000, status: { phase: 'Progressing' } });
  view.show({ ...scene, elapsedMs: 8000, status: { phase: 'Progressing' } });
  const lines = text().trimEnd().split('\n');
  expect(lines.map((line) => line.slice(0, 5))).toEqual(['   0s', '   2s', '   8s']);
  expect(lines.join('')).not.toContain('\x1b');
});
