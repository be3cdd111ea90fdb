import { FACTUALITY_PROMPT } from './factuality.ts';
import { RUBRIC_PROMPT } from './rubric.ts';

/** All that judges are told, as one text: whoever changes a word of it has another judge. */
export const JUDGE_PROMPTS = `${RUBRIC_PROMPT}\n\n${FACTUALITY_PROMPT}`;
