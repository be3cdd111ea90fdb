import { Prompt, type Prompt as PromptOf } from '../../api/prompt-release.ts';
import { checkPrompt, parseTemplate } from '../../api/template.ts';
import {
  hasLogic,
  type ImportContext,
  isCode,
  isObject,
  type Json,
  listOf,
  parseYaml,
  pathOf,
} from './context.ts';

export interface ImportedPrompt {
  /** As the config calls it; absent where it does not. */
  label?: string;
  prompt: PromptOf;
}

/** The prompts of a config, as far as they are text or chats. What is not taken over is told. */
export function importPrompts(given: unknown, context: ImportContext): ImportedPrompt[] {
  const entries = isObject(given)
    ? Object.entries(given).map(([id, label]) => ({ id, label }))
    : listOf(given);
  return entries.flatMap((each, at) => importEntry(each, `prompts[${at}]`, context));
}

function importEntry(given: unknown, where: string, context: ImportContext): ImportedPrompt[] {
  const { id, raw, label, ...rest }: Json = isObject(given) ? given : { id: given };
  const said = typeof raw === 'string' ? raw : id;
  if (typeof said !== 'string') {
    context.leaveOut(where, 'is no prompt');
    return [];
  }
  for (const name of Object.keys(rest))
    context.leaveOut(
      `${where}.${name}`,
      name === 'config' ? 'write what of it matters in spec.parameters' : 'is not known here',
    );
  const texts = textsOf(said, typeof raw !== 'string', where, context);
  return texts.flatMap((text) => {
    const prompt = promptOf(text, where, context);
    return prompt === undefined ? [] : [{ ...(typeof label === 'string' && { label }), prompt }];
  });
}

/** The text itself, or what the file has that it names: prompts in a file of plain text are apart by a line `---`. */
function textsOf(said: string, mayBeFile: boolean, where: string, context: ImportContext): string[] {
  const isPath =
    mayBeFile &&
    (said.startsWith('file://') || /^[^\n{}]+\.(txt|md|jsonl?|ya?ml|csv|j2|[cm]?[jt]s|py)$/.test(said));
  if (!isPath) return [said];
  const path = pathOf(said);
  const refuse = (why: string): string[] => {
    context.leaveOut(where, `${path} ${why}`);
    return [];
  };
  if (isCode(path)) return refuse('is code, which is not run here');
  if (/[*?]/.test(path)) return refuse('is a pattern: name each file');
  if (/\.(csv|jsonl)$/i.test(path)) return refuse('is a table of prompts: put each into a file of its own');
  const text = context.read(path);
  if (text === undefined) return refuse('cannot be read: correct the path');
  const texts = /\.txt$/i.test(path) ? text.split(/^[ \t]*---[ \t]*$/m) : [text];
  return texts.map((each) => each.trim()).filter((each) => each !== '');
}

function promptOf(text: string, where: string, { leaveOut }: ImportContext): PromptOf | undefined {
  if (hasLogic(text))
    return void leaveOut(where, 'has a template with logic: only {{variable}} is filled in');
  const parsed = Prompt.safeParse({ messages: chatOf(text) ?? [{ role: 'user', content: text }] });
  if (!parsed.success) return void leaveOut(where, 'is no chat that a prompt here may be');
  const prompt = { ...parsed.data, ...variablesOf(parsed.data) };
  const [problem] = checkPrompt(prompt);
  return problem === undefined ? prompt : void leaveOut(where, problem.message);
}

/** A schema of the variables that the templates name. One that is no template is found by whoever checks the prompt. */
function variablesOf({ messages }: PromptOf): Pick<PromptOf, 'variables'> {
  try {
    const parts = messages.flatMap(({ content = '' }) => parseTemplate(content));
    const names = new Set(parts.flatMap((part) => ('variable' in part ? [part.variable[0]!] : [])));
    if (names.size === 0) return {};
    return {
      variables: { type: 'object', properties: Object.fromEntries([...names].map((each) => [each, {}])) },
    };
  } catch {
    return {};
  }
}

/** A chat written as JSON or YAML; undefined where it is plain text. */
function chatOf(text: string): unknown[] | undefined {
  if (!/^\s*(\[|- )/.test(text)) return undefined;
  try {
    const value = parseYaml(text);
    const isChat = (each: unknown) => isObject(each) && typeof each.role === 'string';
    return Array.isArray(value) && value.every(isChat) ? value : undefined;
  } catch {
    return undefined;
  }
}
