import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { anyCase } from './any-case.ts';
import { detectorsFor } from './detectors.ts';
import { findAll } from './find-all.ts';

test('letters match in either case, and nothing else does', () => {
  const pattern = new RegExp(`^(?:${anyCase('t[eé]l(?:s|No\\.)?[ _-]?电话')})$`, 'u');
  for (const text of ['tél电话', 'TÉLS 电话', 'TelNo._电话', 'tEl-电话'])
    expect(pattern.test(text)).toBe(true);
  for (const text of ['tal电话', 'telnox电话', 'tel  电话', 'tel电']) expect(pattern.test(text)).toBe(false);
});

/** Fields whose values are told by their names, in every form of the words. */
const SAID = [
  ...[
    'phone',
    'homePhone',
    'TELEPHONE',
    'Tel',
    'mobileNumber',
    'Fax',
    'handy Nr',
    'whatsApp',
    'ТЕЛЕФОН',
    '电话',
  ],
  ...['apiKey', 'API_KEY', 'accessToken', 'Password', 'PASSWD', 'pwd', 'Bearer', 'clientSecret'],
  ...['ssn', 'SSN', 'Social Security', 'socialSecurityNumber', 'social_security_no.'],
].flatMap((name) => ['2125550123', '123456789', 'q8Zr3LxT0pVn5Yb7'].map((text) => ({ name, text })));

test('the same is found where patterns are not optimized', () => {
  const modules = ['detectors.ts', 'find-all.ts'].map((file) =>
    JSON.stringify(join(import.meta.dirname, file)),
  );
  const script = `
    const [{ detectorsFor }, { findAll }] = [await import(${modules[0]}), await import(${modules[1]})];
    console.log(JSON.stringify(findAll(${JSON.stringify(SAID)}, detectorsFor())));`;
  const args = ['--no-regexp-optimization', '--input-type=module', '-e', script];
  const found = findAll(SAID, detectorsFor());
  expect(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))).toEqual(found);
  // Each name says of one of the three what it is, at least.
  for (let at = 0; at < SAID.length; at += 3)
    expect([SAID[at]!.name, found.slice(at, at + 3).some(({ length }) => length > 0)]).toEqual([
      SAID[at]!.name,
      true,
    ]);
});
