import type { Prompt } from '../api/prompt-release.ts';
import { checkPrompt, parseTemplate } from '../api/template.ts';
import { schemasOf } from './cases.ts';
import type { Finding } from './finding.ts';
import { keyOf, type Side } from './objects.ts';
import type { Resolved } from './release.ts';

/** What is wrong with a PromptRelease's template, its variables and what it refers to. */
export function promptFindings(
  before: Side,
  after: Side,
  { found, spec, prompt, unresolved, called }: Resolved,
): Finding[] {
  const findings: Finding[] = [];
  const say = (
    level: Finding['level'],
    rule: Finding['rule'],
    path: readonly PropertyKey[],
    message: string,
  ) => findings.push({ level, rule, file: found.file, line: found.line(path), message });
  if (unresolved) say(unresolved.level, 'template', ['spec', 'promptFrom'], unresolved.message);
  for (const { path, message } of prompt ? checkPrompt(prompt) : []) {
    const at = path.split(/[.[\]]+/).filter(Boolean);
    say('error', message.startsWith('uses the unknown') ? 'variables' : 'template', at, `${path} ${message}`);
  }
  for (const name of prompt ? unusedVariables(prompt) : []) {
    const message = `spec.prompt.variables: "${name}" is declared and used by no message`;
    say('warning', 'variables', ['spec', 'prompt', 'variables', 'properties', name], message);
  }
  if (called === undefined) {
    const key = keyOf('ModelRoute', found.namespace, spec.routeRef.name);
    const gone = before.objects.has(key) && !after.objects.has(key);
    const message = gone
      ? `spec.routeRef.name: ${key} is removed`
      : `${key} is not in the folder, or broken: no cost is known`;
    say(gone ? 'error' : 'warning', 'reference', ['spec', 'routeRef'], message);
  }
  return findings;
}

function unusedVariables(prompt: Prompt): string[] {
  const used = new Set<string>();
  for (const { content } of prompt.messages) {
    try {
      for (const part of parseTemplate(content ?? '')) if ('variable' in part) used.add(part.variable[0]!);
    } catch {
      return [];
    }
  }
  return Object.keys(schemasOf(prompt.variables)).filter((name) => !used.has(name));
}
