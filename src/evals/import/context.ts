import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { messageOf } from '../../lib/log.ts';

/** What an import goes by: the files beside the config, and where it tells what it leaves out. */
export interface ImportContext {
  /** The text of a file, by a path as the config has it; undefined where it cannot be read. */
  read: (path: string) => string | undefined;
  /** Tells that something is not taken over, and why. */
  leaveOut: (where: string, why: string) => void;
}

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

/** @throws Error where it is no YAML. */
export const parseYaml = (text: string): unknown =>
  load(text, { schema: CORE_SCHEMA.withTags(mergeTag), maxAliases: 1_000 });

const CODE = /\.(c|m)?(j|t)s(:\w+)?$|\.(py|rb|go|sh)(:\w+)?$/i;
const TEXT = /\.(txt|md|j2|prompt|html|xml|sql|jsonl|csv)$/i;

/** What a path names in promptfoo's words; `file://` before it may be left out. */
export const pathOf = (text: string): string => text.replace(/^file:\/\//, '');
export const isCode = (path: string): boolean => CODE.test(path);

/**
 * The content of a file that a value names by `file://`: YAML and JSON as what they say, other text as it is. Any other value
 * is given back as it is; undefined where the file is not taken over, which is told.
 */
export function resolved(value: unknown, where: string, { read, leaveOut }: ImportContext): unknown {
  if (typeof value !== 'string' || !value.startsWith('file://')) return value;
  const path = pathOf(value);
  const refuse = (why: string) => void leaveOut(where, `${path} ${why}`);
  if (isCode(path)) return refuse('is code, which is not run here');
  if (/[*?{]/.test(path)) return refuse('is a pattern: name each file');
  const data = /\.(ya?ml|json)$/i.test(path);
  if (!data && !TEXT.test(path)) return refuse('is no text');
  const text = read(path);
  if (text === undefined) return refuse('cannot be read: correct the path, or put it beside the config');
  if (!data) return text.trim();
  try {
    return parseYaml(text);
  } catch (error) {
    return refuse(`is no YAML: ${messageOf(error).split('\n', 1)[0]}`);
  }
}

/** Whether a text is more than `{{variable}}`: promptfoo renders Nunjucks, with logic, filters and the environment. */
export const hasLogic = (value: unknown): boolean =>
  /\{%|(?<!\{)\{#|\{\{[^}]*[|(]|\{\{-?\s*env\b/.test(JSON.stringify(value) ?? '');
