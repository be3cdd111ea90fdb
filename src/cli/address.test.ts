import { formatAddress, parseAddress, parseName } from './address.ts';

test.each([
  ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  [':9090', { host: '::', port: 9090 }],
  ['[::1]:80', { host: '::1', port: 80 }],
])('%s is an address', (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});

test.each(['8080', 'host', 'host:', 'host:70000', '::1:80', 'http://host:80', 'a b:1'])(
  '%s is none',
  (text) => {
    expect(() => parseAddress(text)).toThrow('HOST:PORT');
  },
);

test('an address is written as a URL has it', () => {
  expect(formatAddress({ host: '::', port: 1 })).toBe('[::]:1');
  expect(formatAddress({ host: 'h', port: 1 })).toBe('h:1');
});

test('a namespace is a Kubernetes name', () => {
  expect(parseName('team-a')).toBe('team-a');
  for (const text of ['Team', 'a/b', '', '-a', 'a'.repeat(64)])
    expect(() => parseName(text)).toThrow('lower-case');
});
