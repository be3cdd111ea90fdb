import { anyCase } from './any-case.ts';
import { type Detector, matchesOf, type Span } from './span.ts';

/** How keys of well-known services begin, and what follows. */
const KEYS = [
  'sk-(?:proj-|ant-|svcacct-|or-)?[\\w-]{20,}',
  '(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,}',
  '(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])',
  'gh[pousr]_[A-Za-z0-9]{36,}',
  'github_pat_\\w{22,}',
  'glpat-[\\w-]{20,}',
  'xox[abeoprs]-[A-Za-z0-9-]{10,}',
  'AIza[\\w-]{35}',
  'ya29\\.[\\w-]{20,}',
  'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
  'npm_[A-Za-z0-9]{36}',
  'pypi-[\\w-]{32,}',
  'hf_[A-Za-z0-9]{30,}',
  'gsk_[A-Za-z0-9]{32,}',
  'xai-[A-Za-z0-9]{32,}',
  'r8_[A-Za-z0-9]{32,}',
  'pplx-[A-Za-z0-9]{32,}',
  'dop_v1_[a-f0-9]{64}',
  'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
  'eyJ[\\w-]{10,}\\.eyJ[\\w-]{10,}\\.[\\w-]{10,}',
];
// Only where a word begins: a key in the middle of a run would be looked for again from each of its letters.
const KEY = new RegExp(`(?<![\\w-])(?:${KEYS.join('|')})`, 'g');

const PRIVATE_KEY =
  /-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----[A-Za-z0-9+/=\s]{1,8192}(?:-----END (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----)?/g;

/**
 * What is given to something that is called a secret: api_key = "…", "accessToken": "…", Authorization: Bearer …. What the
 * words begin with comes first: most places of a text are done with there.
 */
const WORD = [
  '(?=[ABPSTabpst])(?:(?<![A-Za-z0-9])|(?<=[a-z])(?=[A-Z]))',
  `(?:${anyCase('(?:api[_ -]?key|secret|token|passw(?:or)?d|pwd|access[_ -]?key)s?|bearer')})`,
].join('');
const NAMED = new RegExp(
  [
    WORD,
    '["\']?\\s{0,3}',
    `(?:(?:=>|:=|[:=]|is)\\s{0,3}|(?<=${anyCase('bearer')}\\s{1,3}))["']?([\\w+/.~=-]{12,})`,
  ].join(''),
  'g',
);
/** Bits for each letter; words and paths have less, or no digit. */
const LEAST_ENTROPY = 3;

/** Keys and secrets by how well-known services begin theirs, and by what is named a secret and looks drawn at random. */
export const apiKey: Detector = {
  kind: 'API_KEY',
  calls: new RegExp(`${WORD}$`),
  spansIn: (text) => [
    ...matchesOf('API_KEY', text, KEY),
    ...matchesOf('API_KEY', text, PRIVATE_KEY),
    ...namedIn(text),
  ],
};

function namedIn(text: string): Span[] {
  return [...text.matchAll(NAMED)].flatMap(({ 0: matched, 1: value = '', index }): Span[] => {
    if (!/\d/.test(value) || !/[A-Za-z]/.test(value) || entropyOf(value) < LEAST_ENTROPY) return [];
    const end = index + matched.length;
    return [{ kind: 'API_KEY', start: end - value.length, end }];
  });
}

/** Shannon's, in bits for each letter. */
function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const letter of value) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / value.length;
    return sum - share * Math.log2(share);
  }, 0);
}
