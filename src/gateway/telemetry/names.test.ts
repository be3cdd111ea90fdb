import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FIELDS } from '../record-fields.ts';
import { ATTRIBUTES, CALL_EVENT, INSTRUMENTS } from './names.ts';

test('docs/telemetry.md names nothing that there is not, and all that is of telemetry alone', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/telemetry.md'), 'utf8');
  const own = [...Object.values(ATTRIBUTES), ...Object.values(INSTRUMENTS).map(({ name }) => name)];
  const names: string[] = [...Object.values(FIELDS), ...own];
  const documented = [...page.matchAll(/`((?:gen_ai|sluice|server|http|error)\.[\w.]+)`/g)].map(
    ([, name]) => name!,
  );
  const others = [CALL_EVENT, 'sluice.gateway.calls'];
  expect(documented.filter((name) => !names.includes(name) && !others.includes(name))).toEqual([]);
  expect(own.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
