import type { AssertionType } from '../../api/assertion.ts';
import type { Check } from './check.ts';
import { isValidFunctionCall } from './function-call.ts';
import { containsJson, isJson } from './json.ts';
import { factuality, llmRubric } from './judged.ts';
import { similar } from './similar.ts';
import * as text from './text.ts';
import { cost, finishReason, isRefusal, latency } from './told.ts';
import { webhook } from './webhook.ts';

/** What each type of assertion looks at. */
export const CHECKS: Record<AssertionType, Check> = {
  equals: text.equals,
  contains: text.contains,
  icontains: text.icontains,
  'contains-all': text.containsAll,
  'contains-any': text.containsAny,
  'icontains-all': text.icontainsAll,
  'icontains-any': text.icontainsAny,
  'starts-with': text.startsWith,
  regex: text.regex,
  'is-json': isJson,
  'contains-json': containsJson,
  similar,
  levenshtein: text.levenshtein,
  'llm-rubric': llmRubric,
  factuality,
  latency,
  cost,
  'is-refusal': isRefusal,
  'word-count': text.wordCount,
  'finish-reason': finishReason,
  'is-valid-function-call': isValidFunctionCall,
  webhook,
};
