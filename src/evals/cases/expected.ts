import { ASSERTION_NAMES, type Assertion } from '../../api/assertion.ts';

/** Names of promptfoo's assertions that are none here: text that begins with one is not meant as the answer itself. */
const NOT_HERE = [
  'agent-rubric',
  'answer-relevance',
  'bleu',
  'classifier',
  'contains-html',
  'contains-sql',
  'contains-xml',
  'context-faithfulness',
  'context-recall',
  'context-relevance',
  'conversation-relevance',
  'eval',
  'fn',
  'g-eval',
  'gleu',
  'guardrails',
  'human',
  'is-html',
  'is-sql',
  'is-valid-openai-function-call',
  'is-valid-openai-tools-call',
  'is-xml',
  'javascript',
  'max-score',
  'meteor',
  'model-graded-closedqa',
  'model-graded-factuality',
  'moderation',
  'perplexity',
  'perplexity-score',
  'pi',
  'python',
  'rouge-n',
  'ruby',
  'search-rubric',
  'select-best',
  'skill-used',
  'tool-call-f1',
  'trace-error-spans',
  'trace-span-count',
  'trace-span-duration',
  'trajectory',
];

const NAMED = /^([a-z][a-z0-9-]*)(?:\((\d+(?:\.\d+)?)\))?(?::([\s\S]*))?$/;
const LISTS = ['contains-all', 'contains-any', 'icontains-all', 'icontains-any'];
/** What promptfoo gives a threshold to where a CSV says none. */
const THRESHOLDS: Record<string, number> = {
  cost: 0.75,
  latency: 0.75,
  levenshtein: 0.75,
  similar: 0.8,
};

/**
 * An assertion as promptfoo writes it in one cell: `icontains:refund`, `similar(0.9):Hello`, `not-contains-any:a, b`.
 * Anything else is what the answer must equal. What is one of promptfoo's assertions and none here is an error.
 */
export function expectedAssertion(text: string): { assertion: Assertion } | { error: string } {
  const cell = text.trim();
  const said = cell.startsWith('grade:') ? `llm-rubric:${cell.slice('grade:'.length)}` : cell;
  if (said.startsWith('file://'))
    return { error: `${shortly(cell)} is code or a file, which is not run here` };
  const [, name = '', threshold, value] = NAMED.exec(said) ?? [];
  const plain = name.replace(/^not-/, '');
  if (NOT_HERE.includes(plain))
    return { error: `there is no assertion ${name} here: see docs/assertions.md` };
  const type = ASSERTION_NAMES.find((each) => each === name);
  if (type === undefined) return { assertion: { type: 'equals', value: cell } };
  if (LISTS.includes(plain) && !value) return { error: `${name} needs values: write ${name}:one, two` };
  const least = threshold === undefined ? THRESHOLDS[plain] : Number(threshold);
  return {
    assertion: {
      type,
      ...(value !== undefined && { value: plain === 'llm-rubric' ? value : value.trim() }),
      ...(least !== undefined && { threshold: least }),
    },
  };
}

const shortly = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
