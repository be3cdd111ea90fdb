import { once } from 'node:events';
import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import { destinationOf, openSocket } from './open-socket.ts';

const lookup: LookupFunction = () => {
  throw new Error('an address is not looked up');
};

test.each([
  [
    'https://api.example.com',
    { tls: true, host: 'api.example.com', port: 443, authority: 'api.example.com' },
  ],
  [
    'https://api.example.com:443',
    { tls: true, host: 'api.example.com', port: 443, authority: 'api.example.com' },
  ],
  ['http://models:8000', { tls: false, host: 'models', port: 8000, authority: 'models:8000' }],
  ['http://[fd00::7]:8000', { tls: false, host: 'fd00::7', port: 8000, authority: '[fd00::7]:8000' }],
  ['http://[::1]', { tls: false, host: '::1', port: 80, authority: '[::1]' }],
  [
    'https://\u00fcber.example',
    { tls: true, host: 'xn--ber-goa.example', port: 443, authority: 'xn--ber-goa.example' },
  ],
])('%s is somewhere', (origin, destination) => {
  expect(destinationOf(origin, lookup)).toEqual({ ...destination, lookup });
});

test('sockets that are read in turn see what is theirs', async () => {
  const server = createServer((socket) => socket.end(String(socket.remotePort)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const destination = destinationOf(`http://127.0.0.1:${port}`, lookup);
  const read = async () => {
    let text = '';
    const socket = openSocket(destination, (bytes, count) => {
      text += bytes.toString('latin1', 0, count);
    });
    await once(socket, 'connect');
    const { localPort } = socket;
    await once(socket, 'close');
    return { text, localPort: String(localPort) };
  };
  for (const { text, localPort } of await Promise.all(Array.from({ length: 20 }, read)))
    expect(text).toBe(localPort);
  server.close();
});
