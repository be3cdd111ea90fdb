import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { replicaEvidence } from './replicas.ts';

let server: Server;
let answer: unknown;
beforeEach(async () => {
  server = createServer((_request, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const cell = { attempt: 1, weight: 5, revision: 'a', outcomes: { success: 3 }, schemaChecked: 0 };
const reading = (over: object) => ({
  replica: 'g',
  startId: 's',
  releases: [
    {
      uid: 'u',
      serving: { attempt: 1, weight: 5, stable: 'a', epoch: 1 },
      cells: [{ ...cell, ...over }],
    },
  ],
});
const read = () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return replicaEvidence({ of: 'gateway', endpoints: async () => [url] }).read(['u']);
};

test.each([
  {},
  { latency: { '-1': 1, '0': 2, '400': 3 }, firstToken: {}, cost: { '57': 1 }, outputTokens: { '8': 1 } },
  { tools: { checked: 3, failed: 1 }, thumbs: { given: 2, down: 1 }, scores: { '0': 1, '20': 2 } },
])('a reading comes as the gateway gave it: %j', async (measures) => {
  answer = reading(measures);
  expect(await read()).toEqual([answer]);
});

test('a gateway of several processes gives a reading of each', async () => {
  const workers = ['g/1', 'g/2'].map((replica) => ({ ...reading({}), replica }));
  answer = workers;
  expect(await read()).toEqual(workers);
});

test('processes of which none can be read are no reading', async () => {
  answer = [];
  await expect(read()).rejects.toThrow('answered in a form that is not understood');
});

test('one process that is not understood spoils the reading: what is missing is not zero', async () => {
  answer = [reading({}), reading({ cost: { x: 1 } })];
  await expect(read()).rejects.toThrow('answered in a form that is not understood');
});

test.each([
  { latency: { '-2': 1 } },
  { latency: { '401': 1 } },
  { latency: { '1.5': 1 } },
  { latency: { '01': 1 } },
  { latency: { '': 1 } },
  { cost: { x: 1 } },
  { outputTokens: { '8': -1 } },
  { firstToken: { '8': 0.5 } },
  { latency: [1] },
  { scores: { '21': 1 } },
  { scores: { '-1': 1 } },
  { tools: { checked: 1 } },
  { thumbs: { given: 1, down: 'x' } },
])('what no gateway says is not understood: %j', async (measures) => {
  answer = reading(measures);
  await expect(read()).rejects.toThrow('answered in a form that is not understood');
});
