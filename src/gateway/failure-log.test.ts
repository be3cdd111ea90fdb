import { silentLog } from '../lib/log.ts';
import { failureLog } from './failure-log.ts';
import type { ProviderTarget } from './table.ts';

const provider = (name: string): ProviderTarget => ({
  namespace: 'ns',
  name,
  dialect: 'OpenAI',
  origin: 'http://p',
  basePath: '',
});

test('each provider is told of once in ten seconds, with the code of the failure', () => {
  const said: object[] = [];
  let time = 0;
  const note = failureLog({ ...silentLog, warn: (fields) => said.push(fields) }, () => time);
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  note(provider('a'), refused);
  note(provider('a'), new Error('again'));
  note(provider('b'), new Error('other side closed'));
  time = 10_000;
  note(provider('a'), new Error('later'));
  expect(said).toEqual([
    { provider: 'ns/a', error: 'ECONNREFUSED' },
    { provider: 'ns/b', error: 'other side closed' },
    { provider: 'ns/a', error: 'later' },
  ]);
});
