import type { Stage } from './stage.ts';
import type { Story } from './story.ts';
import type { Tally } from './tally.ts';

/** What came of it, in a few lines: what callers saw, and what status says. */
export function summary({ v1, v2, v3, rolledBack }: Story, tally: Tally, elapsedMs: number): string[] {
  const bad = tally.of(v2);
  const total = tally.total();
  const { reason = '', undo = '', guardrail } = rolledBack.rollback ?? {};
  const exposure =
    bad.firstBadAt === undefined ? 'none' : `${((bad.lastAt - bad.firstBadAt) / 1000).toFixed(1)} s`;
  return [
    '',
    `  v1  ${v1}  served from the start`,
    `  v2  ${v2}  taken back${guardrail ? ` by guardrail ${guardrail}` : ''}: ${reason}`,
    `  v3  ${v3}  promoted to 100 %`,
    '',
    `  bad answers while v2 was out        ${bad.bad} of its ${bad.calls} calls`,
    `  from the first one to all on v1     ${exposure}`,
    `  calls in all                        ${total.calls} in ${(elapsedMs / 1000).toFixed(0)} s`,
    `  errors that callers saw             ${total.errors}`,
    `  to let v2 in again                  ${undo}`,
    '',
  ];
}

/** What to do with a stage that was left standing. */
export function howToGoOn({
  url,
  model,
  manifests,
  folder,
}: Pick<Stage, 'url' | 'model' | 'manifests' | 'folder'>): string[] {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'I was charged twice.' }] });
  return [
    `Still running, callers included, until Ctrl-C: ${url}`,
    '',
    `  curl -i ${url}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`,
    '',
    `Edit ${manifests}/release.yaml to roll out something of your own;`,
    `${folder}/state/status says what came of it.`,
    '',
  ];
}
