import { detectorsFor, KINDS, type Kind } from './detectors.ts';
import { find } from './find.ts';

/** What is found of a kind in a text, when that kind alone is looked for. */
const found = (kind: Kind, text: string) =>
  find(text, detectorsFor([kind])).map(({ start, end }) => text.slice(start, end));

/** Text by kind in which what is between « and » is to be found. */
const YES: Record<Kind, string[]> = {
  EMAIL: [
    'write to «bob@example.com».',
    '<«first.last+tag@sub.example.co.uk»>',
    "it's '«o'neill@example.org»'",
    'mailto:«a_b%c@ex-ample.museum»?subject=x',
    'Schreib an «jörg@müller.de», bitte',
    'Пишите на «иван@пример.рф»!',
    '联系«test@example.com»谢谢',
    'お問い合わせは«info@example.co.jp»まで',
    'email:«x@y.io»;«y@x.io»',
    '«UPPER@EXAMPLE.COM»',
    '«1234@qq.com»',
    '«user@xn--bcher-kva.example»',
    '«user@example.xn--p1ai»',
    '"«bob@example.com»"',
    '«bob@example.com»\n--',
    '(«bob@a.b.c.d.example.com»)',
    'git@«» is none, «git@github.com»:sluice/sluice.git is',
  ],
  PHONE: [
    'call «+49 30 901820» now',
    '«+1 (212) 555-0123»',
    '«+44 (0)20 7946 0958»',
    '«+33 6 12 34 56 78»',
    '«+81-3-1234-5678»',
    '«+971 50 123 4567»',
    'ring «0049 30 901820».',
    'tel:«+14155552671»',
    '«(212) 555-0123»',
    '«212-555-0123», «212.555.0123»',
    '«1 212 555 0123»',
    'Berlin «(030) 901820»',
    'Handy «0171/1234567»',
    'Москва «8 (495) 123-45-67»',
    'São Paulo «(11) 91234-5678»',
    'Paris «06 12 34 56 78»',
    'London «020 7946 0958»',
    '東京 «03-1234-5678»',
    '我的号码是«13800138000»',
    'मेरा नंबर «98765 43210»',
    'phone: «5550123456»',
    'móvil «612 345 678»',
    '电话:«01012345678»',
    'Tél. «0612345678»',
  ],
  CARD: [
    '«4111111111111111»',
    'card «4111 1111 1111 1111», thanks',
    '«4222222222222»',
    '«5555-5555-5555-4444»',
    'MasterCard «2223003122003222»',
    'Amex «3782 822463 10005»',
    '«371449635398431»',
    'Discover «6011111111111117»',
    'JCB «3530111333300000»',
    'Diners «30569309025904»',
    '«38520000023237»',
    'UnionPay «6200000000000005»',
    'Maestro «6759649826438453»',
    'order 1234 «4111 1111 1111 1111» of 17',
    'Karte: «4012 8888 8888 1881».',
    'カード«5105105105105100»です',
    'Мир «2200 0000 0000 0004»',
  ],
  IBAN: [
    '«DE89 3704 0044 0532 0130 00»',
    '«DE89370400440532013000»',
    '«GB29 NWBK 6016 1331 9268 19»',
    'IBAN: «FR14 2004 1010 0505 0001 3M02 606».',
    '«NL91ABNA0417164300»',
    '«CH93 0076 2011 6238 5295 7»',
    '«ES91 2100 0418 4502 0005 1332»',
    '«IT60 X054 2811 1010 0000 0123 456»',
    '«AT61 1904 3002 3457 3201»',
    '«BE68 5390 0754 7034»',
    '«PL61 1090 1014 0000 0712 1981 2874»',
    '«NO93 8601 1117 947»',
    '«SA03 8000 0000 6080 1016 7519»',
    '«BR18 0036 0305 0000 1000 9795 493C 1»',
    '«TR33 0006 1005 1978 6457 8413 26»',
    '«MT84 MALT 0110 0001 2345 MTLC AST0 01S»',
    'bitte auf «de89370400440532013000» überweisen',
    '«DE89-3704-0044-0532-0130-00» and more',
  ],
  SSN: [
    '«123-45-6789»',
    'SSN «078-05-1120».',
    'my number: «219 09 9999»',
    'SSN: «123456789»',
    'ssn=«123456789»',
    'Social Security number is «123456789»',
    'social security no. «123456789»',
    'ssn #«123456789»',
    '(«001-01-0001»)',
    '«899-99-9999»,«665-45-6789»',
    'número «123-45-6789»',
    'SSN«» is «667-12-3456»',
    'x: «123-45-6789»\n',
    '"«123-45-6789»"',
    '社会保障号«123-45-6789»',
  ],
  IP: [
    'from «192.168.1.1»',
    '«8.8.8.8»:53',
    '«10.0.0.0»/8',
    'http://«127.0.0.1»/x',
    '«255.255.255.255».',
    '[«1.2.3.4»]',
    'ip=«203.0.113.7», ok',
    '«2001:db8::1»',
    '[«2001:db8::1»]:443',
    '«fe80::1»%eth0',
    '«::1»',
    '«::ffff:192.0.2.1»',
    '«2001:0db8:85a3:0000:0000:8a2e:0370:7334»',
    '«2001:DB8::A:0:1».',
    'addr «2001:db8::1»: refused',
    'адрес «198.51.100.23»',
    '地址«198.51.100.23»。',
  ],
  API_KEY: [
    'OPENAI «sk-abcdefghijklmnopqrstuvwxyz123456»',
    '«sk-proj-AbCdEfGhIjKlMnOpQrStUv_12-34»',
    '«sk-ant-api03-AbCdEfGhIjKlMnOpQrStUv»',
    '«AKIAIOSFODNN7EXAMPLE»',
    '«ghp_abcdefghijklmnopqrstuvwxyz0123456789»',
    '«github_pat_11ABCDEFG0abcdefghijkl_mnop»',
    '«glpat-abcdefghij0123456789»',
    '«xoxb-123456789012-abcdefABCDEF»',
    `«AIza${'b'.repeat(35)}»`,
    `«sk_${'live'}_abcdefghijklmnop1234»`,
    '«npm_abcdefghijklmnopqrstuvwxyz0123456789»',
    '«hf_abcdefghijklmnopqrstuvwxyzABCDEFGH»',
    '«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N»',
    'Authorization: Bearer «q8Zr3LxT0pVn5Yb7Kc2M»',
    'api_key = "«q8Zr3LxT0pVn5Yb7»"',
    'MY_SECRET=«q8Zr3LxT0pVn5Yb7»',
    'password: «Tr0ub4dor-and-3x7»',
    '«-----BEGIN RSA PRIVATE KEY-----\nMIIEow+/=\n-----END RSA PRIVATE KEY-----»',
  ],
};

const NO: Record<Kind, string[]> = {
  EMAIL: [
    'bob at example.com',
    '@handle',
    'a@b',
    'user@localhost',
    'icon@2x.png',
    'react@18.2.0',
    'a @ b.com',
    'foo@.com',
    'x@y.c',
    'x@-y.com',
    '5 @ 3.50 EUR',
    '@@@@',
    'bob@',
    '@example.com',
    'lib@1.2.3-beta',
    'a@b.c0m1',
  ],
  PHONE: [
    '2024-01-15',
    '01.02.2024 10',
    '12:30:45',
    '1234567890',
    'order 20240115123456',
    '1,234,567,890',
    '192.168.100.100',
    '+1 234',
    '+999 1234567',
    '0.123 456 789',
    'ISBN 0-306-40615-2',
    'ISBN 978-3-16-148410-0',
    '123-45-6789',
    'a+12345678901',
    '3.14159265358979',
    '550e8400-e29b-41d4-a716-446655440000',
    'phones 12 and 13',
    '1 2 3 4 5 6 7 8 9 10',
    'in (1999) 12 of 30',
  ],
  CARD: [
    '4111111111111112',
    '4111 1111 1111 1112',
    '411111111111',
    '1234567812345670',
    '0000000000000000',
    '9111111111111111',
    'a4111111111111111',
    '4111111111111111b',
    '0.4111111111111111',
    '41111111111111114111111111111111',
    '4111  1111  1111  1111',
    '1700000000000',
    '20240115123456',
    '+49 30 901820',
    '4111.1111.1111.1111',
    '378282246310005123',
  ],
  IBAN: [
    'DE89370400440532013001',
    'DE8937040044053201300',
    'DE893704004405320130001',
    'XX89370400440532013000',
    'GB29 NWBK 6016 1331 9268 18',
    'ADE89370400440532013000',
    'DE89  3704  0044  0532  0130  00',
    'DE',
    'AB12',
    'US12345678901234567890',
    'in 2024 we saw DE12 rise',
    'DEXX370400440532013000',
    'FR14 2004',
    'NL91ABNA0417164301',
    'SE35 5000 0000 0549 1000 0004',
  ],
  SSN: [
    '000-12-3456',
    '666-12-3456',
    '900-12-3456',
    '123-00-4567',
    '123-45-0000',
    '123456789',
    '123-45-67890',
    '1123-45-6789',
    '123-456789',
    '123-45 6789',
    '12-345-6789',
    '123-45-6789-1',
    'abc123-45-6789',
    '123.45.6789',
    'SSN: 12345678',
    'the ssn of 123 people',
  ],
  IP: [
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.256',
    'v1.2.3.4',
    '01.02.03.04',
    '12:30:45',
    'std::vector',
    'a::b',
    'Foo::Bar',
    '00:1B:44:11:3A:B7',
    '::',
    '1.2.3.4-beta',
    '1:2:3',
    '1:2:3:4:5:6:7:8:9',
    '2001:db8:::1',
    '§ 1.2.3.x',
  ],
  API_KEY: [
    'sk-short',
    'task-abcdefghijklmnopqrstuvwxyz',
    'AKIAIOSFODNN7',
    'ghp_abc',
    '550e8400-e29b-41d4-a716-446655440000',
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'password: correcthorsebattery',
    'token: aaaaaaaaaaaaaaaa1',
    'the secret is out',
    'api_key = os.environ["KEY"]',
    'api_key: [API_KEY]',
    'eyJhbGciOiJIUzI1NiJ9',
    '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----',
    'supercalifragilisticexpialidocious',
    'Bearer of good news',
    'https://example.com/a/very/long/path/with/1/number',
  ],
};

describe.each(KINDS)('%s', (kind) => {
  test.each(YES[kind])('is in %j', (marked) => {
    const wanted = [...marked.matchAll(/«([^»]+)»/g)].map(([, inside]) => inside);
    expect(found(kind, marked.replace(/[«»]/g, ''))).toEqual(wanted);
  });

  test.each(NO[kind])('is not in %j', (text) => {
    expect(found(kind, text)).toEqual([]);
  });

  test('is tried with at least 15 texts of either sort', () => {
    expect(Math.min(YES[kind].length, NO[kind].length)).toBeGreaterThanOrEqual(15);
  });
});

describe('custom patterns', () => {
  test('are found beside the others, and by the name they are given', () => {
    const detectors = detectorsFor(['EMAIL'], [{ kind: 'CUSTOMER', pattern: 'C-[0-9]{4}' }]);
    expect(find('C-1234 is bob@example.com', detectors)).toEqual([
      { kind: 'CUSTOMER', start: 0, end: 6 },
      { kind: 'EMAIL', start: 10, end: 25 },
    ]);
  });

  test('that match nothing at all find nothing', () => {
    expect(find('abc', detectorsFor([], [{ kind: 'X', pattern: 'z*' }]))).toEqual([]);
  });

  test.each([
    [
      'lower',
      'a',
      '"lower" is no kind: write up to 40 capital letters, digits and underscores, such as CUSTOMER_ID',
    ],
    ['EMAIL', 'a', 'EMAIL: the name is taken; give it one of its own'],
    ['X', '(?=a)', 'X: pattern "(?=a)" is not understood (RE2 syntax)'],
  ])('%s as %s is refused', (kind, pattern, message) => {
    expect(() => detectorsFor([], [{ kind, pattern }])).toThrow(message);
  });
});

test('what overlaps becomes one, of the kind of the longest', () => {
  const text = 'bob@203.0.113.7.example.com';
  expect(find(text, detectorsFor())).toEqual([{ kind: 'EMAIL', start: 0, end: text.length }]);
});
