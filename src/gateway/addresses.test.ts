import { checkHost, guardedLookup, isRefusedAddress } from './addresses.ts';

test.each([
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '[::ffff:a9fe:a9fe]',
  '::a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  'fe80::1',
  '0.0.0.0',
  '::',
  '100.100.100.200',
  '::ffff:100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
])('%s is refused', (address) => {
  expect(isRefusedAddress(address)).toBe(true);
});

test.each([
  '127.0.0.1',
  '10.0.0.8',
  '192.168.1.1',
  '8.8.8.8',
  '::1',
  '2001:db8::1',
  '64:ff9b::808:808',
  '::ffff:10.0.0.8',
  'fec0::1',
])('%s is allowed', (address) => {
  expect(isRefusedAddress(address)).toBe(false);
});

test('a literal is refused before any connection', () => {
  expect(() => checkHost('http://169.254.169.254')).toThrow('link-local');
  expect(() => checkHost('http://[::ffff:169.254.169.254]:80')).toThrow('link-local');
  expect(() => checkHost('http://127.0.0.1:8080')).not.toThrow();
});

test('a name is resolved', async () => {
  const address = await new Promise((resolve, reject) => {
    guardedLookup('localhost', { family: 4 }, (error, found) => (error ? reject(error) : resolve(found)));
  });
  expect(address).toBe('127.0.0.1');
});
