import { Counter, Registry } from 'prom-client';
import { freePort } from '../lib/free-port.ts';
import { startAdminServer } from './admin-server.ts';

test('metrics, health and readiness are served until it is stopped', async () => {
  const registry = new Registry();
  new Counter({ name: 'sluice_test_total', help: 'A test.', registers: [registry] }).inc(3);
  const address = { host: '127.0.0.1', port: await freePort() };
  let ready = false;
  const stop = await startAdminServer({ address, registry, ready: () => ready });
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${address.port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  expect((await get('/metrics')).text).toContain('sluice_test_total 3');
  expect((await get('/healthz')).status).toBe(200);
  expect((await get('/readyz')).status).toBe(503);
  ready = true;
  expect((await get('/readyz')).status).toBe(200);
  expect((await get('/secrets')).status).toBe(404);
  await expect(startAdminServer({ address, registry, ready: () => true })).rejects.toThrow('EADDRINUSE');
  await stop();
  await expect(get('/healthz')).rejects.toThrow();
});
