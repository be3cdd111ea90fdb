import { structuredPatch } from 'diff';
import { dump } from 'js-yaml';
import type { RouteContent } from '../api/model-route.ts';
import type { Message, PromptContent } from '../api/prompt-release.ts';
import type { Revision } from '../api/resource.ts';
import { NothingDone, type Release } from './place.ts';
import type { Colors } from './text.ts';

const CONTEXT = 3;

/**
 * The kept revision that `text` means: its name, the end of its name, `stable` or `candidate`.
 * @throws NothingDone where it is none, or more than one.
 */
export function revisionNamed(text: string, { status }: Release, kept: readonly Revision[]): Revision {
  const said = { stable: status.stableRevision, candidate: status.candidateRevision }[text] ?? text;
  const exact = kept.filter(({ name }) => name === said);
  const found = exact.length > 0 ? exact : kept.filter(({ name }) => name.endsWith(`-${said}`));
  if (found.length === 1) return found[0]!;
  const names = kept.map(({ name }) => name).join(', ') || 'none';
  throw new NothingDone(`${text} is no kept revision of this release; kept are: ${names}`);
}

/** What changed from one revision to the other, in lines: the messages first, then all else. */
export function drawDiff(from: Revision, to: Revision, colors: Colors): string[] {
  const [before, after] = [sections(from.content), sections(to.content)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const parts = names.flatMap((name) => section(name, before[name] ?? '', after[name] ?? '', colors));
  const head = [colors.red(`--- ${from.name}`), colors.green(`+++ ${to.name}`)];
  return parts.length === 0 ? [...head, 'the same content'] : [...head, ...parts];
}

function section(name: string, before: string, after: string, colors: Colors): string[] {
  if (before === after) return [];
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: CONTEXT });
  const lines = hunks.flatMap((hunk, at) => [
    ...(at > 0 ? [colors.dim('  …')] : []),
    ...hunk.lines.filter((line) => !line.startsWith('\\')).map((line) => paint(harmless(line), colors)),
  ]);
  return ['', colors.bold(name), ...lines];
}

function paint(line: string, colors: Colors): string {
  const rest = line.slice(1);
  // Spaces at the end of a line may be all that changed.
  const spaced = rest === '' ? line.trim() : `${line.slice(0, 1)} ${rest}`;
  if (line.startsWith('+')) return colors.green(spaced);
  return line.startsWith('-') ? colors.red(spaced) : spaced;
}

/** What a terminal would obey, or nobody would see, is shown as JSON would write it. */
const harmless = (line: string): string =>
  line.replaceAll(
    /(?!\t)[\p{Cc}\p{Cf}]/gu,
    (letter) => `\\u${letter.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );

function sections(content: PromptContent | RouteContent): Record<string, string> {
  if (!('prompt' in content)) return { route: yaml(content) };
  const { prompt, parameters, routeRef } = content;
  const { messages, tools, ...rest } = prompt;
  const schemas = Object.entries(rest).map(([name, value]) => [name, yaml(value)]);
  return {
    messages: messages.map(messageText).join('\n'),
    parameters: yaml(parameters),
    tools: yaml(tools),
    ...Object.fromEntries(schemas),
    route: yaml(routeRef),
  };
}

/** A message as people write one: who speaks, then the text. */
function messageText({ role, content = '', placeholder }: Message): string {
  return placeholder === undefined ? `[${role}]\n${content.trimEnd()}\n` : `[the caller's ${placeholder}]\n`;
}

const yaml = (value: unknown): string =>
  value === undefined ? '' : dump(value, { noRefs: true, lineWidth: -1, sortKeys: true });
