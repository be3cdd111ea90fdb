import { nameOf } from '../../api/resource.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import type { Said } from '../../privacy/find-all.ts';
import type { Span } from '../../privacy/span.ts';
import type { Body } from '../dialects/endpoint.ts';
import { type Draw, promptArm } from '../draw.ts';
import { CallError, type ErrorCode } from '../errors.ts';
import type { PrivacyPolicy } from './policy.ts';
import { keyOf, rewriteTexts, saidIn } from './rewrite.ts';
import type { CallSecrets } from './secrets.ts';

export interface GuardOptions {
  log: Log;
  /** Counts what was found private in a call of a route's revision. Default: nobody counts. */
  found?: (draw: Draw, action: PrivacyPolicy['action'], counts: ReadonlyMap<string, number>) => void;
}

/** What was found, by kind: how often, and each value. */
type Found = Map<string, string[]>;

/**
 * What may leave of a request: it, with placeholders in place of what the route has redacted.
 * @throws CallError where it has what the route blocks, and where it cannot be told what it has: tokens in place of texts,
 * or nobody to ask. Then nothing leaves.
 */
export async function guarded(
  sent: Body,
  draw: Draw,
  policy: PrivacyPolicy,
  { vault, seen }: CallSecrets,
  options: GuardOptions,
): Promise<Body> {
  if (policy.action !== 'Count' && hasTokens(sent)) {
    const message = 'what is private in tokens cannot be told, and the route looks for it: send texts';
    throw new CallError('unreadable_content', message, 'input');
  }
  let known = seen.get(policy);
  if (known === undefined) {
    known = new Map();
    seen.set(policy, known);
  }
  const fresh = saidIn(asProvidersRead(sent)).filter((said) => !known.has(keyOf(said)));
  if (fresh.length > 0) {
    for (const { text } of fresh) vault.avoid(text);
    const spans = await spansIn(fresh, draw, policy, options.log);
    const found: Found = new Map();
    for (const [at, said] of fresh.entries()) {
      const { text } = said;
      const own = spans[at] ?? [];
      for (const { kind, start, end } of own) {
        const values = found.get(kind);
        if (values === undefined) found.set(kind, [text.slice(start, end)]);
        else values.push(text.slice(start, end));
      }
      known.set(keyOf(said), vault.hide(text, own));
    }
    if (found.size > 0) act(policy, found, draw, options);
  }
  if (policy.action !== 'Redact') return sent;
  return rewriteTexts(sent, (text, name) => known.get(keyOf({ text, name })) ?? text);
}

/** What providers put before the turns of a conversation, in the order in which they cache it, and then the turns. */
const READ_FIRST = ['tools', 'response_format', 'text', 'output_config', 'system', 'instructions'];
const TURNS = ['messages', 'input'];

/**
 * A request with its fields in the order in which providers read it: so placeholders are numbered from the front, and what
 * calls begin with stays the same for the provider's own cache, whatever comes after it.
 */
function asProvidersRead(sent: Body): Body {
  const first = [...READ_FIRST, ...TURNS].filter((name) => sent[name] !== undefined);
  return { ...Object.fromEntries(first.map((name) => [name, sent[name]])), ...sent };
}

/** Whether what is to be embedded comes as numbers of tokens: one text, or several. */
const hasTokens = ({ input }: Body): boolean =>
  Array.isArray(input) && input.flat().some((each) => typeof each === 'number');

async function spansIn(
  said: readonly Said[],
  { route }: Draw,
  { find }: PrivacyPolicy,
  log: Log,
): Promise<Span[][]> {
  try {
    return await find(said);
  } catch (error) {
    sayUnlooked(log, nameOf(route.entry), error);
    const message = 'what is private in the call could not be looked for: nothing was sent';
    throw new CallError('privacy_unavailable', message);
  }
}

/** What a prompt says itself is its release's own, and no reason to refuse its callers. */
function act({ action }: PrivacyPolicy, found: Found, draw: Draw, { found: count }: GuardOptions): void {
  count?.(draw, action, new Map([...found].map(([kind, values]) => [kind, values.length])));
  if (action !== 'Block') return;
  const prompt = promptArm(draw)?.prompt;
  const own = prompt === undefined ? [] : saidIn({ ...prompt });
  const kinds = [...found].filter(([, values]) =>
    values.some((value) => !own.some(({ text }) => text.includes(value))),
  );
  if (kinds.length === 0) return;
  const names = kinds.map(([kind]) => kind).sort();
  throw new CallError(
    'private_content',
    `the call has ${names.join(', ')} in it, which may not leave: take it out`,
  );
}

const REFUSALS: readonly ErrorCode[] = ['private_content', 'unreadable_content', 'privacy_unavailable'];

/** Whether a call was refused for its own sake, or could not be looked at: it is no failure of what it was for. */
export function isPrivacyRefusal(error: unknown): boolean {
  return error instanceof CallError && REFUSALS.includes(error.code);
}

const QUIET_MS = 10_000;
/** When it was last said of each route. */
const saidAt = new WeakMap<Log, Map<string, number>>();

/** Tells the operator why calls are refused: once in 10 s for each route, however many are. */
function sayUnlooked(log: Log, route: string, error: unknown): void {
  const said = saidAt.get(log) ?? new Map<string, number>();
  saidAt.set(log, said);
  const last = said.get(route);
  if (last !== undefined && performance.now() - last < QUIET_MS) return;
  said.set(route, performance.now());
  log.error(
    { route, error: messageOf(error) },
    'calls are refused: what is private in them could not be looked for',
  );
}
