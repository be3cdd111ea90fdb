import { checkPrivacy, Privacy } from '../../api/privacy.ts';
import type { Resource } from '../../api/resource.ts';
import { type Log, messageOf, silentLog } from '../../lib/log.ts';
import { detectorsFor, KINDS } from '../../privacy/detectors.ts';
import { findAll, type Said } from '../../privacy/find-all.ts';
import { type Detector, mergeSpans, type Span } from '../../privacy/span.ts';
import { findAside } from './aside.ts';
import { presidio } from './presidio.ts';

/** What a route does about what is private in its calls. */
export interface PrivacyPolicy {
  action: NonNullable<Privacy['action']>;
  /** What is private in each text. @throws Error where it cannot be told: then nothing may leave. */
  find(said: readonly Said[]): Span[][] | Promise<Span[][]>;
  /** All that can be found without asking anybody: for what is kept of a call. */
  detectors: readonly Detector[];
  /** What it was made of, as one text: two that have the same do the same. */
  says: string;
}

/** Policies by spec: the store hands out the same object as long as it has not changed. */
const known = new WeakMap<Privacy, PrivacyPolicy>();

/**
 * What a route has done about what is private; undefined where nothing is looked for. One whose `privacy` cannot be acted
 * on goes on with what it had, and lets nothing leave where it had nothing; what else is wrong with its spec is no matter.
 */
export function privacyPolicy(
  { spec, invalid }: Pick<Resource<'ModelRoute'>, 'spec' | 'invalid'>,
  log: Log = silentLog,
  before?: PrivacyPolicy,
): PrivacyPolicy | undefined {
  const privacy: Privacy | null | undefined = spec?.privacy;
  if (privacy == null) return undefined;
  try {
    const same = known.get(privacy);
    if (same !== undefined) return same;
    const policy = policyOf(invalid === undefined ? privacy : Privacy.parse(privacy));
    if (policy !== undefined) known.set(privacy, policy);
    return policy;
  } catch (error) {
    if (before !== undefined) return before;
    log.error({ error: messageOf(error) }, 'calls of a route are refused: its spec.privacy is broken');
    return CLOSED;
  }
}

/** @throws Error for patterns that cannot be. */
function policyOf(privacy: Privacy): PrivacyPolicy | undefined {
  const { redact = [], patterns = [], presidio: asked, action = 'Redact' } = privacy;
  if (redact.length === 0 && patterns.length === 0 && asked === undefined) return undefined;
  const [wrong] = checkPrivacy(privacy);
  if (wrong !== undefined) throw new Error(`${wrong.path}: ${wrong.message}`);
  const custom = patterns.map(({ name, regex }) => ({ kind: name, pattern: regex }));
  const wanted = detectorsFor(redact, custom);
  const own = (said: readonly Said[]) =>
    isLong(said) ? findAside({ kinds: redact, custom, said }) : findAll(said, wanted);
  return {
    action,
    find: asked === undefined ? own : both(own, presidio(asked)),
    detectors: detectorsFor(KINDS, custom),
    says: JSON.stringify(privacy),
  };
}

/** Texts of more characters than this are not looked at in the thread that makes calls: here it takes some 3 ms. */
const MOST_HERE = 32 * 1024;

function isLong(said: readonly Said[]): boolean {
  let length = 0;
  for (const { text } of said) length += text.length;
  return length > MOST_HERE;
}

/** What either finds; where both find the same, the longer. */
function both(...ways: [PrivacyPolicy['find'], PrivacyPolicy['find']]): PrivacyPolicy['find'] {
  return async (said) => {
    const [own, others] = await Promise.all(ways.map(async (find) => find(said)));
    return own!.map((each, at) => mergeSpans([...each, ...others![at]!]));
  };
}

/** What holds where it cannot be told what a route wants: nothing of it leaves. */
const CLOSED: PrivacyPolicy = {
  action: 'Redact',
  find() {
    throw new Error('spec.privacy of the ModelRoute is broken: see its status');
  },
  detectors: detectorsFor(KINDS),
  says: 'nothing leaves',
};
