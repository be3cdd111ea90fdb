import { spawnSync } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { detectorsFor, KINDS } from '../../privacy/detectors.ts';
import { findAll, type Said } from '../../privacy/find-all.ts';
import { findAside } from './aside.ts';
import { privacyPolicy } from './policy.ts';

const PIECE = 'Write to jane@example.com or +49 30 901820 about C-123456, card 4111 1111 1111 1111. ';
const custom = [{ kind: 'CUSTOMER_ID', pattern: 'C-[0-9]{6}' }];
const long = PIECE.repeat(1_000);
const said: Said[] = [{ text: long }, { text: 'k3Vq9zT1mX7pL2', name: 'password' }, { text: 'none' }];

test('another thread finds what this one does', async () => {
  const found = await findAside({ kinds: KINDS, custom, said });
  expect(found).toEqual(findAll(said, detectorsFor(KINDS, custom)));
  expect(found.map(({ length }) => length)).toEqual([4_000, 1, 0]);
  const { length } = (await findAside({ kinds: ['EMAIL'], custom: [], said }))[0]!;
  expect(length).toBe(1_000);
});

test('what a route looks for in long texts is looked for aside, and everything else goes on', async () => {
  const privacy = { redact: [...KINDS], patterns: [{ name: 'CUSTOMER_ID', regex: 'C-[0-9]{6}' }] };
  const { find } = privacyPolicy({ spec: { backends: [], privacy } })!;
  const short = [{ text: PIECE }];
  expect(find(short)).toEqual(findAll(short, detectorsFor(KINDS, custom)));

  let done = false;
  const finding = Promise.resolve(find(said)).finally(() => {
    done = true;
  });
  let turns = 0;
  for (; !done; turns++) await turn();
  expect(await finding).toEqual(findAll(said, detectorsFor(KINDS, custom)));
  expect(turns).toBeGreaterThan(10);
});

test('it keeps no process from ending, and none ends before it has answered', () => {
  const script = `
    import { findAside } from ${JSON.stringify(new URL('./aside.ts', import.meta.url).href)};
    const found = await findAside({ kinds: ['EMAIL'], custom: [], said: [{ text: 'a@example.com' }] });
    console.log(found[0].length);`;
  const env = { ...process.env, NODE_OPTIONS: '' };
  const args = ['--input-type=module', '--eval', script];
  const ended = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 30_000 });
  expect(ended).toMatchObject({ status: 0, stdout: '1\n', stderr: '' });
});
