import { ModelRouteSpec } from '../../api/model-route.ts';
import type { Resource } from '../../api/resource.ts';
import { type Log, messageOf, silentLog } from '../../lib/log.ts';
import { detectorsFor, KINDS } from '../../privacy/detectors.ts';
import { findAll } from '../../privacy/find-all.ts';
import type { Detector, Span } from '../../privacy/span.ts';

type PrivacySpec = NonNullable<ModelRouteSpec['privacy']>;
export type PrivacyAction = 'Redact';

/** What a route does about what is private in its calls. */
export interface PrivacyPolicy {
  action: PrivacyAction;
  /** What is private in each text. @throws Error where it cannot be told: then nothing may leave. */
  find(texts: readonly string[]): Span[][] | Promise<Span[][]>;
  /** All that can be found without asking anybody: for what is kept of a call. */
  detectors: readonly Detector[];
}

/** Policies by spec: the store hands out the same object as long as it has not changed. */
const known = new WeakMap<PrivacySpec, PrivacyPolicy>();

/**
 * What a route says about privacy, unless it is the one before that still holds; undefined where nothing is looked for.
 * A spec that breaks a rule elsewhere says it too; one whose `privacy` cannot be acted on lets nothing leave.
 */
export function privacyPolicy(
  { spec, invalid }: Pick<Resource<'ModelRoute'>, 'spec' | 'invalid'>,
  log: Log = silentLog,
): PrivacyPolicy | undefined {
  const privacy: PrivacySpec | null | undefined = spec?.privacy;
  if (privacy == null) return undefined;
  try {
    const before = known.get(privacy);
    if (before !== undefined) return before;
    const policy = policyOf(invalid === undefined ? privacy : ModelRouteSpec.shape.privacy.parse(privacy)!);
    if (policy !== undefined) known.set(privacy, policy);
    return policy;
  } catch (error) {
    log.error({ error: messageOf(error) }, 'calls of a route are refused: its spec.privacy is broken');
    return CLOSED;
  }
}

/** @throws Error for patterns that cannot be. */
function policyOf({ redact = [] }: PrivacySpec): PrivacyPolicy | undefined {
  if (redact.length === 0) return undefined;
  const wanted = detectorsFor(redact);
  return {
    action: 'Redact',
    find: (texts) => findAll(texts, wanted),
    detectors: detectorsFor(KINDS),
  };
}

/** What holds where it cannot be told what a route wants: nothing of it leaves. */
export const CLOSED: PrivacyPolicy = {
  action: 'Redact',
  find() {
    throw new Error('spec.privacy of the ModelRoute is broken: see its status');
  },
  detectors: detectorsFor(KINDS),
};
