import { createHash } from 'node:crypto';
import { callersBy } from './callers.ts';
import { NOBODY, parseCallersFile } from './callers-file.ts';

const KEY = 'a-key-of-a-caller-4711';
const sha256 = createHash('sha256').update(KEY).digest('hex');
const known = parseCallersFile(`
keys:
  - {name: checkout, sha256: ${sha256}, namespaces: [support]}
serviceAccounts:
  - {name: shop/batch, namespaces: all}
`);

/** A token as the API server makes them, which ends at `exp` (s since 1970). */
const token = (name: string, exp = 9_999_999_999) =>
  ['{}', JSON.stringify({ exp, name }), 'signature']
    .map((each) => Buffer.from(each).toString('base64url'))
    .join('.');

const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });

function stage(answer: (token: string) => string | undefined = () => 'shop/web') {
  let at = 0;
  const asked: string[] = [];
  const review = async (each: string) => {
    asked.push(each);
    return answer(each);
  };
  const { identify } = callersBy({ known: () => known, review, now: () => at });
  const later = (ms: number) => {
    at += ms;
  };
  return { identify, asked, later };
}

describe('keys', () => {
  test.each([[bearer(KEY)], [{ authorization: `bearer ${KEY}` }], [{ 'x-api-key': KEY }]])(
    'are known by their hash',
    async (headers) => {
      const { identify, asked } = stage();
      expect(await identify(headers)).toEqual({ name: 'checkout', namespaces: ['support'] });
      expect(asked).toEqual([]);
    },
  );

  test.each([
    [{}],
    [bearer('')],
    [bearer(sha256)],
    [bearer(`${KEY} ${KEY}`)],
    [{ authorization: `Basic ${KEY}` }],
    [bearer('x'.repeat(9_000))],
    [{ 'x-api-key': [KEY] as unknown as string }],
  ])('are asked for: %j', async (headers) => {
    const { identify, asked } = stage();
    await expect(identify(headers)).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
    expect(asked).toEqual([]);
  });
});

describe('tokens', () => {
  test('are for the releases of their own namespace, or for what the file says', async () => {
    const { identify } = stage((each) => (each === token('batch') ? 'shop/batch' : 'shop/web'));
    expect(await identify(bearer(token('web')))).toEqual({ name: 'shop/web', namespaces: ['shop'] });
    expect(await identify(bearer(token('batch')))).toEqual({ name: 'shop/batch', namespaces: 'all' });
  });

  test('are reviewed once a minute, and once for calls that come together', async () => {
    const { identify, asked, later } = stage();
    const web = bearer(token('web'));
    await Promise.all([identify(web), identify(web)]);
    later(59_999);
    await identify(web);
    expect(asked).toHaveLength(1);
    later(1);
    await identify(web);
    expect(asked).toHaveLength(2);
  });

  test('of nobody are refused, and reviewed again soon', async () => {
    let account: string | undefined;
    const { identify, asked, later } = stage(() => account);
    const web = bearer(token('web'));
    await expect(identify(web)).rejects.toMatchObject({ status: 401 });
    account = 'shop/web';
    later(9_999);
    await expect(identify(web)).rejects.toMatchObject({ status: 401 });
    later(1);
    expect((await identify(web)).name).toBe('shop/web');
    expect(asked).toHaveLength(2);
  });

  test('that have ended are refused, though they were reviewed before', async () => {
    const { identify, later } = stage();
    const web = bearer(token('web', 30));
    expect((await identify(web)).name).toBe('shop/web');
    later(30_000);
    await expect(identify(web)).rejects.toMatchObject({ status: 401 });
  });

  test('that were known stay known for an hour without an API server; others cannot be told', async () => {
    let away = false;
    const { identify, later } = stage(() => {
      if (away) throw new Error(`no answer for ${token('web')}`);
      return 'shop/web';
    });
    await identify(bearer(token('web')));
    away = true;
    later(3_599_999);
    expect((await identify(bearer(token('web')))).name).toBe('shop/web');
    await expect(identify(bearer(token('other')))).rejects.toMatchObject({ status: 503 });
    later(1);
    await expect(identify(bearer(token('web')))).rejects.toMatchObject({ status: 503 });
    away = false;
    expect((await identify(bearer(token('web')))).name).toBe('shop/web');
  });

  test('that are made up do not flood the API server', async () => {
    const never: string[] = [];
    const { identify } = callersBy({
      known: () => NOBODY,
      review: (each) => {
        never.push(each);
        return new Promise(() => {});
      },
    });
    const all = Array.from({ length: 100 }, (_, n) => identify(bearer(token(String(n)))));
    const refused = await Promise.all(all.slice(32).map((each) => each.catch((error: unknown) => error)));
    expect(never).toHaveLength(32);
    for (const each of refused) expect(each).toMatchObject({ status: 503, code: 'callers_unknown' });
  });

  test('that are made up keep none in use that was known more than an hour ago', async () => {
    let [at, busy] = [0, false];
    const { identify } = callersBy({
      known: () => NOBODY,
      review: (each) => (busy ? new Promise(() => {}) : Promise.resolve(`shop/${each.length}`)),
      now: () => at,
    });
    const web = bearer(token('web'));
    const { name } = await identify(web);
    busy = true;
    for (let n = 0; n < 32; n++) void identify(bearer(token(String(n))));
    at = 3_599_999;
    expect((await identify(web)).name).toBe(name);
    at = 3_600_000;
    await expect(identify(web)).rejects.toMatchObject({ status: 503, code: 'callers_unknown' });
  });

  test('no more than the last 10,000 are remembered', async () => {
    const { identify, asked } = stage();
    for (let n = 0; n <= 10_000; n++) await identify(bearer(token(String(n))));
    await identify(bearer(token('10000')));
    expect(asked).toHaveLength(10_001);
    await identify(bearer(token('0')));
    expect(asked).toHaveLength(10_002);
  });
});

test.each([
  ['keys: [{name: a, sha256: planted, namespaces: [b]}]', 'keys.0.sha256'],
  ['keys: [{name: a, key: planted, namespaces: [b]}]', 'keys.0'],
  ['serviceAccounts: [{name: planted, namespaces: [b]}]', 'serviceAccounts.0.name'],
  ['serviceAccounts: [{name: a/b, namespaces: []}]', 'serviceAccounts.0.namespaces'],
  ['planted', 'the file'],
  ['keys: [planted: {', 'no YAML'],
])('a file that is none is refused by its field, without what it holds: %s', (text, where) => {
  const refused = expect(() => parseCallersFile(text));
  refused.toThrow(where);
  refused.not.toThrow('planted');
});

test('a file of nobody', () => {
  expect(parseCallersFile('')).toEqual(NOBODY);
});
