import { createHash } from 'node:crypto';
import { request } from 'undici';
import { callersBy } from '../../src/gateway/callers/callers.ts';
import { parseCallersFile } from '../../src/gateway/callers/callers-file.ts';
import { type Stage, startStage } from './stage.ts';

const OURS = 'planted-key-of-support';
const OTHERS = 'planted-key-of-sales';
const hash = (key: string) => createHash('sha256').update(key).digest('hex');

let stage: Stage;
beforeAll(async () => {
  const known = parseCallersFile(
    JSON.stringify({
      keys: [
        { name: 'desk', sha256: hash(OURS), namespaces: ['support'] },
        { name: 'shop', sha256: hash(OTHERS), namespaces: ['sales'] },
      ],
    }),
  );
  const callers = { ...callersBy({ known: () => known }), stop() {} };
  stage = await startStage([{ match: {}, answer: 'Hello' }], undefined, { callers });
});
afterAll(() => stage.stop());

async function send(path: string, key: string | undefined, body?: object) {
  const answer = await request(`${stage.gateway.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.statusCode, headers: answer.headers, body: (await answer.body.json()) as object };
}

const chat = (key: string | undefined, model = 'triage') =>
  send('/v1/chat/completions', key, { model, messages: [{ role: 'user', content: 'hi' }] });

test('a caller that is known is served, and named in the record', async () => {
  expect((await chat(OURS)).status).toBe(200);
  expect((await stage.records()).at(-1)).toMatchObject({ 'sluice.caller': 'desk' });
  expect(JSON.stringify(stage.seen)).not.toContain('planted-key');
  expect(JSON.stringify(await stage.records())).not.toContain('planted-key');
});

test.each([undefined, 'wrong'])('nobody else is: %s', async (key) => {
  for (const path of ['/v1/models', '/v1/models/triage', '/nothing']) {
    expect(await send(path, key)).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: { error: { code: 'unauthenticated', type: 'invalid_request_error', param: null } },
    });
  }
  expect((await chat(key)).status).toBe(401);
  expect((await send('/v1/feedback', key, {})).status).toBe(401);
  expect((await send('/v1/messages', key, {})).body).toMatchObject({
    type: 'error',
    error: { type: 'authentication_error' },
  });
});

test('a caller of another namespace is told neither what there is nor what there is not', async () => {
  for (const model of ['triage', 'support/triage', 'support/nothing', 'nothing']) {
    const { status, body } = await chat(OTHERS, model);
    expect(status).toBe(403);
    expect(body).toEqual({
      error: {
        message: `you may not use the model "${model}", if there is one; GET /v1/models lists the names to use`,
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_forbidden',
      },
    });
    expect((await send(`/v1/models/${encodeURIComponent(model)}`, OTHERS)).status).toBe(403);
  }
  expect((await chat(OTHERS, 'sales/nothing')).status).toBe(404);
  expect((await send('/v1/models', OTHERS)).body).toEqual({ object: 'list', data: [] });
  expect((await send('/v1/models', OURS)).body).toMatchObject({ data: [{ id: 'fast' }, { id: 'triage' }] });
});
