import {
  ASKED_BY,
  ASKED_WHY,
  PAUSED_BY,
  PAUSED_WHY,
  VERBS,
  type Verb,
  verbAnnotation,
} from '../../api/resource.ts';
import type { Asked } from '../../rollout/pass.ts';

/** What people ask for by annotations of a release, and who they say that they are. */
export interface Said {
  verbs: Partial<Record<Verb, string>>;
  asked: Asked;
  paused: Asked;
}

export function saidOn(annotations: Record<string, string>): Said {
  const verbs = VERBS.flatMap((verb) => {
    const value = annotations[verbAnnotation(verb)];
    return value === undefined ? [] : [[verb, value]];
  });
  return {
    verbs: Object.fromEntries(verbs),
    asked: askedOn(annotations, ASKED_BY, ASKED_WHY),
    paused: askedOn(annotations, PAUSED_BY, PAUSED_WHY),
  };
}

/** The annotations that go once verbs have been acted on. */
export const annotationsOf = (verbs: readonly Verb[]): string[] => [
  ...verbs.map(verbAnnotation),
  ASKED_BY,
  ASKED_WHY,
];

function askedOn(annotations: Record<string, string>, who: string, why: string): Asked {
  const { [who]: by, [why]: reason } = annotations;
  return { ...(by && { by: by.slice(0, 256) }), ...(reason && { reason: reason.slice(0, 256) }) };
}
