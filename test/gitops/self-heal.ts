import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../cluster/stage.ts';

/** What a GitOps tool does with an object of git: one `kubectl` command that makes the live one like it. */
export const TOOLS = {
  /** Argo CD with `selfHeal` and `ServerSideApply=true`. */
  'Argo CD, server-side apply by force': {
    labels: {},
    command: ['apply', '--server-side', '--force-conflicts', '--field-manager=argocd-controller', '-f', '-'],
  },
  /** Known by its labels only. */
  'Flux, plain updates': {
    labels: {
      'kustomize.toolkit.fluxcd.io/name': 'prompts',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    },
    command: ['replace', '-f', '-'],
  },
} as const;
export type Tool = (typeof TOOLS)[keyof typeof TOOLS];

/** A stand-in for self-heal. */
export interface SelfHeal {
  /** Puts an object into git; it is applied at once, and every 2 s. */
  commit(object: { metadata: { name: string } }): Promise<void>;
  /** How often git was applied since the last commit. */
  applied(): number;
  stop(): Promise<void>;
}

const EVERY_MS = 2_000;

/** Makes one live object what git says, every 2 s, whatever anybody else has made of it. */
export function selfHeal(stage: Stage, { labels, command }: Tool): SelfHeal {
  let git: object | undefined;
  let applied = 0;
  let stopped = false;
  let last = Promise.resolve();

  async function apply(): Promise<void> {
    if (git === undefined) return;
    const { code, stderr } = await stage.cluster.kubectl(['-n', stage.namespace, ...command], {
      input: JSON.stringify(git),
    });
    // Between its read and its write the operator wrote: what such a tool syncs again at once.
    if (stderr.includes('Error from server (Conflict)')) return apply();
    if (code !== 0) throw new Error(`kubectl ${command.join(' ')}: ${stderr}`);
    applied++;
  }
  // One at a time: what an older commit said never overtakes a newer one.
  const inTurn = () => {
    last = last.then(apply);
    return last;
  };
  const looping = (async () => {
    while (!stopped) {
      await inTurn();
      await delay(EVERY_MS);
    }
  })();
  // Whoever commits next, or stops it, is told.
  looping.catch(() => {});
  return {
    async commit(object) {
      git = { ...object, metadata: { ...object.metadata, labels } };
      applied = 0;
      await inTurn();
    },
    applied: () => applied,
    async stop() {
      stopped = true;
      await looping;
    },
  };
}
