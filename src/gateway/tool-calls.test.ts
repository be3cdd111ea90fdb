import { toolCalls } from './tool-calls.ts';

const fn = (name: string | undefined, args: string) => ({
  function: { ...(name !== undefined && { name }), arguments: args },
});
const ofParts = (...deltas: unknown[]) => {
  const tools = toolCalls();
  for (const delta of deltas) tools.addParts(delta);
  return tools.calls();
};

test('parts are joined by index, however they are mixed', () => {
  const calls = ofParts(
    [{ index: 0, id: 'a', ...fn('one', '') }],
    [{ index: 1, id: 'b', ...fn('two', '{"x"') }],
    [
      { index: 0, ...fn(undefined, '{') },
      { index: 1, ...fn(undefined, ':1}') },
    ],
    [{ index: 0, ...fn('one', '}') }],
  );
  expect(calls).toEqual([
    { name: 'one', args: '{}' },
    { name: 'two', args: '{"x":1}' },
  ]);
});

test('parts without an index: an id begins a call, what has none goes on with it', () => {
  expect(
    ofParts([{ id: 'a', ...fn('one', '{"x":') }], [fn(undefined, '1}')], [{ id: 'b', ...fn('two', '{}') }]),
  ).toEqual([
    { name: 'one', args: '{"x":1}' },
    { name: 'two', args: '{}' },
  ]);
});

test('whole calls stay apart, whatever they lack', () => {
  const tools = toolCalls();
  tools.addWhole([fn('one', '{}'), fn('one', '{}'), null, { custom: { name: 'shell' } }]);
  expect(tools.count()).toBe(4);
  expect(tools.calls()).toEqual([
    { name: 'one', args: '{}' },
    { name: 'one', args: '{}' },
    { name: '', args: '' },
    { name: 'shell' },
  ]);
});

test('what is no list holds no call', () => {
  const tools = toolCalls();
  for (const odd of [undefined, null, {}, 'x']) {
    tools.addWhole(odd);
    tools.addParts(odd);
  }
  expect(tools.calls()).toEqual([]);
});

test('more than is kept is not judged, and takes no memory', () => {
  const half = 'x'.repeat(600_000);
  expect(ofParts([{ index: 0, ...fn('one', half) }], [{ index: 0, ...fn(undefined, half) }])).toBeUndefined();
  const many = toolCalls();
  many.addParts(Array.from({ length: 300 }, (_, index) => ({ index, ...fn('one', '{}') })));
  expect(many.count()).toBe(256);
  expect(many.calls()).toBeUndefined();
});
