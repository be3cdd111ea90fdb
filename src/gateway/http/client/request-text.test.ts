import { headerLines, requestHead, requestText } from './request-text.ts';

const head = requestHead('/v1/chat', 'api.example.com:8443', { 'x-api-key': 'k\xe9y' });

test('a request is one piece, with the length of its body in bytes', () => {
  expect(head).toBe(
    'POST /v1/chat HTTP/1.1\r\nhost: api.example.com:8443\r\nconnection: keep-alive\r\nx-api-key: k\xe9y\r\n',
  );
  expect(requestText(head + headerLines({ traceparent: '00-1' }), '{}')).toBe(
    `${head}traceparent: 00-1\r\ncontent-length: 2\r\n\r\n{}`,
  );
  expect(requestText(head, '')).toBe(`${head}content-length: 0\r\n\r\n`);
});

test.each(['é', '€', '\u{1f4a5}', '\ud800'])('%j is sent in UTF-8, and the head is not', (body) => {
  const said = Buffer.from(body);
  expect(requestText(head, body)).toEqual(
    Buffer.concat([Buffer.from(`${head}content-length: ${said.length}\r\n\r\n`, 'latin1'), said]),
  );
});

test.each(['a\r\nb: c', 'a\nb', 'a\rb', 'a\0b', '\u{10d}\u{10a}', '€', '\x7f'])(
  'no header has the value %j, and nobody is told it',
  (value) => {
    const message = 'the header anthropic-beta has a character that none may have';
    expect(() => headerLines({ 'anthropic-beta': value })).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST', message }),
    );
    expect(() => requestHead('/', 'x', { 'anthropic-beta': value })).toThrow(message);
  },
);

test.each(['', 'a b', 'a:', 'a\r\nb', 'é'])('no header has the name %j', (name) => {
  expect(() => headerLines({ [name]: 'x' })).toThrow('the name of a header is none');
});

test.each(['content-length', 'Transfer-Encoding', 'host', 'connection', 'expect'])(
  '%s is not to be said',
  (name) => {
    expect(() => headerLines({ [name]: 'x' })).toThrow(`the header ${name} is the connection's own`);
    expect(() => requestHead('/', 'x', { [name]: 'x' })).toThrow(
      `the header ${name} is the connection's own`,
    );
  },
);

test.each(['authorization', 'X-API-Key', 'content-type'])('%s is said once, and by no call', (name) => {
  expect(() => headerLines({ [name]: 'x' })).toThrow(`the header ${name} is not the call's to say`);
});

test.each(['', 'v1', '/a b', '/a\r\nb', '/é'])('%j is no path', (path) => {
  expect(() => requestHead(path, 'x', {})).toThrow('the path is none');
});

test.each(['', 'a b', 'a\r\nb'])('%j is no host', (host) => {
  expect(() => requestHead('/', host, {})).toThrow('the host is none');
});
