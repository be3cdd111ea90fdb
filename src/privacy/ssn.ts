import { anyCase } from './any-case.ts';
import { type Detector, matchesOf } from './span.ts';

const AREA = '(?!000|666|9)\\d{3}';
const GROUPED = new RegExp(`(?<![\\w-])${AREA}([- ])(?!00)\\d{2}\\1(?!0000)\\d{4}(?![\\w-])`, 'g');
/** Nine digits alone may be anything: only after the words, in prose or as the name of a field. */
const WORD = [
  '(?:(?<![A-Za-z0-9])|(?<=[a-z])(?=[A-Z]))',
  `(?:${anyCase('ssn|social[ _-]?security(?:[ _-]?(?:number|no\\.?))?')})s?`,
].join('');
const NAMED = new RegExp(
  `(?<=${WORD}(?: is)?["']?[\\s:#=]{1,4}["']?)${AREA}(?!00)\\d{2}(?!0000)\\d{4}(?!\\w)`,
  'g',
);

/** Social security numbers of the United States, without areas, groups and serials that are never given. */
export const ssn: Detector = {
  kind: 'SSN',
  calls: new RegExp(`${WORD}$`),
  spansIn: (text) => [...matchesOf('SSN', text, GROUPED), ...matchesOf('SSN', text, NAMED)],
};
