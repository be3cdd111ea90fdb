import { detectorsFor } from './detectors.ts';
import { findAll } from './find-all.ts';

const detectors = detectorsFor(['PHONE', 'API_KEY'], [{ kind: 'PAIR', pattern: 'color: [0-9]+' }]);

test('a text is told by its name where a detector listens to it, at its end', () => {
  const said = ['phone', 'home phone', 'homePhone', 'phone_number', 'phones', 'phone color', 'color'].map(
    (name) => ({ text: '2125550123', name }),
  );
  const phone = [{ kind: 'PHONE', start: 0, end: 10 }];
  expect(findAll(said, detectors)).toEqual([phone, phone, phone, phone, phone, [], []]);
});

test('what is found without the name is found with it, too', () => {
  // After the name the first word would be taken for the secret, and the second not be seen.
  const text = 'not-a-secret: q8Zr3LxT0pVn5Yb7';
  const own = [{ kind: 'API_KEY', start: 14, end: 30 }];
  expect(findAll([{ text }, { text, name: 'token' }], detectors)).toEqual([own, own]);
});

test('names and texts with a NUL in them are told apart as well', () => {
  const said = [{ text: '\u0000' }, { text: '2125550123', name: 'a\u0000phone' }, { text: '2125550123' }];
  expect(findAll(said, detectors)).toEqual([[], [{ kind: 'PHONE', start: 0, end: 10 }], []]);
});
