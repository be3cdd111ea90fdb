import { framingOf } from './framing.ts';

test.each([
  [200, { 'content-length': '7' }, true, { ends: 7, keptMs: 30_000 }],
  [200, { 'content-length': '7' }, false, { ends: 7, keptMs: 0 }],
  [200, { 'content-length': '7', connection: 'close' }, true, { ends: 7, keptMs: 0 }],
  [200, { 'content-length': '7', connection: 'closed' }, true, { ends: 7, keptMs: 30_000 }],
  [200, { 'transfer-encoding': 'chunked' }, true, { ends: 'chunked', keptMs: 30_000 }],
  [
    200,
    { 'transfer-encoding': 'chunked', 'keep-alive': 'timeout=7' },
    true,
    { ends: 'chunked', keptMs: 5_000 },
  ],
  [200, { 'transfer-encoding': 'gzip,\tchunked' }, true, { ends: 'chunked', keptMs: 30_000 }],
  [200, { 'transfer-encoding': 'unchunked' }, true, { ends: 'closed', keptMs: 0 }],
  [200, {}, true, { ends: 'closed', keptMs: 0 }],
  [204, {}, true, { ends: 0, keptMs: 30_000 }],
  [204, {}, false, { ends: 0, keptMs: 0 }],
  [304, { 'content-length': '7' }, true, { ends: 0, keptMs: 0 }],
] as const)('%d with %j, of HTTP/1.1 (%j)', (status, headers, http11, framing) => {
  expect(framingOf(status, headers, http11)).toEqual(framing);
});
