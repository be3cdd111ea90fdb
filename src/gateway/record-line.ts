import { isoTime } from '../lib/iso-time.ts';
import { textHash } from '../lib/text-hash.ts';
import type { CallRecord } from './record.ts';
import { FIELDS } from './record-fields.ts';
import type { BackendTarget, PromptEntry, RouteEntry } from './table.ts';

/**
 * A field's name, and what a record has there: undefined where it is not known. `plain` are words that JSON has as they are,
 * and are not looked through for what it has not.
 */
type Field = readonly [name: string, of: (record: CallRecord) => unknown, words?: 'plain'];

/** What is the same for all calls that a revision answers by one backend. */
const HELD: readonly Field[] = [
  [FIELDS.operation, ({ operation }) => operation],
  [FIELDS.kind, ({ entry }) => entry.kind],
  [FIELDS.namespace, ({ entry }) => entry.namespace],
  [FIELDS.release, ({ entry }) => entry.name],
  [FIELDS.revision, ({ revision }) => revision],
  [FIELDS.arm, ({ arm }) => arm],
  [FIELDS.route, ({ route }) => route.name],
  [FIELDS.routeRevision, ({ route }) => route.revision],
  [FIELDS.backend, ({ backend }) => backend?.name],
  [FIELDS.provider, ({ backend }) => backend?.provider.name],
  [FIELDS.modelAsked, ({ backend }) => backend?.model],
  [FIELDS.team, ({ entry }) => entry.team],
  [FIELDS.feature, ({ entry }) => entry.feature],
];

const OWN: readonly Field[] = [
  [FIELDS.traceId, ({ trace }) => trace?.traceId, 'plain'],
  [FIELDS.spanId, ({ trace }) => trace?.spanId, 'plain'],
  [FIELDS.call, ({ id }) => id, 'plain'],
  [FIELDS.modelAnswered, ({ answer }) => answer?.modelAnswered],
  [FIELDS.responseId, ({ answer }) => answer?.responseId],
  [FIELDS.parameters, ({ parameters }) => parameters],
  [FIELDS.promptHash, (record) => promptHashOf(record), 'plain'],
  [FIELDS.outputHash, (record) => outputHashOf(record), 'plain'],
  [FIELDS.prompt, ({ kept, messages }) => kept?.prompt(messages)],
  [FIELDS.output, ({ kept, answer }) => (answer?.text === undefined ? undefined : kept?.answer(answer.text))],
  [FIELDS.inputTokens, ({ answer }) => answer?.usage?.inputTokens],
  [FIELDS.outputTokens, ({ answer }) => answer?.usage?.outputTokens],
  [FIELDS.cachedTokens, ({ answer }) => answer?.usage?.cachedInputTokens],
  [FIELDS.cacheCreationTokens, ({ answer }) => answer?.usage?.cacheCreationTokens],
  [FIELDS.reasoningTokens, ({ answer }) => answer?.usage?.reasoningTokens],
  [FIELDS.cost, ({ cost }) => (cost === undefined ? undefined : usd(cost))],
  [FIELDS.prices, (record) => pricesOf(record)],
  [
    FIELDS.finishReasons,
    ({ answer }) => (answer?.finishReason === undefined ? undefined : [answer.finishReason]),
  ],
  [FIELDS.toolCalls, ({ answer }) => answer?.toolCalls],
  [FIELDS.toolsFailed, ({ answer }) => answer?.toolsFailed],
  [FIELDS.outcome, ({ outcome }) => outcome, 'plain'],
  [FIELDS.status, ({ status }) => status],
  [FIELDS.stream, ({ stream }) => stream],
  [FIELDS.latency, ({ latencyMs }) => round(latencyMs)],
  [FIELDS.firstToken, ({ firstTokenMs }) => (firstTokenMs === undefined ? undefined : round(firstTokenMs))],
  [FIELDS.rescuedFrom, ({ rescued }) => rescued?.revision],
  [FIELDS.rescuedOutcome, ({ rescued }) => rescued?.outcome, 'plain'],
  [FIELDS.fallback, ({ fallback }) => fallback || undefined],
  [FIELDS.tries, (record) => severalTries(record)],
  [FIELDS.degraded, ({ degraded }) => degraded || undefined],
  [FIELDS.cacheHit, ({ cacheAgeMs }) => cacheAgeMs !== undefined || undefined],
  [FIELDS.cacheAge, ({ cacheAgeMs }) => (cacheAgeMs === undefined ? undefined : round(cacheAgeMs / 1000))],
  [FIELDS.caller, ({ caller }) => caller],
];

/** A record as it is written: what is not known is undefined. */
export function recordFields(record: CallRecord): Record<string, unknown> {
  const fields: Record<string, unknown> = { [FIELDS.time]: isoTime(record.at) };
  for (const [name, of] of [...HELD, ...OWN]) fields[name] = of(record);
  return fields;
}

/** A record as one line of JSON, its end included. */
export function recordLine(record: CallRecord): string {
  return `{"${FIELDS.time}":"${isoTime(record.at)}"${held(record)}${members(OWN_PIECES, record)}}\n`;
}

/** What of a field is the same in all lines. */
interface Pieces {
  of: Field[1];
  /** What stands before its value: a comma, its name, and the quote of plain words. */
  before: string;
  /** The closing quote of plain words. */
  after: string | undefined;
}

function piecesOf([name, of, words]: Field): Pieces {
  return words === 'plain'
    ? { of, before: `,"${name}":"`, after: '"' }
    : { of, before: `,"${name}":`, after: undefined };
}

const HELD_PIECES = HELD.map(piecesOf);
const OWN_PIECES = OWN.map(piecesOf);

/** The members of an object with these fields, a comma before each. */
function members(fields: readonly Pieces[], record: CallRecord): string {
  let text = '';
  for (const { of, before, after } of fields) {
    const value = of(record);
    if (value === undefined) continue;
    text += before + (after === undefined ? jsonOf(value) : value + after);
  }
  return text;
}

function jsonOf(value: unknown): string {
  return typeof value === 'boolean' || Number.isFinite(value) ? String(value) : JSON.stringify(value);
}

interface Held {
  revision: string;
  arm: CallRecord['arm'];
  routeRevision: string;
  backend: BackendTarget | undefined;
  operation: string;
  text: string;
}

/** By entry, which is another with each change of the release: so are its revisions and backends. */
const heldOf = new WeakMap<PromptEntry | RouteEntry, Held[]>();
/** More than the revisions, backends and operations of one release come to. */
const MOST_HELD = 64;

function held(record: CallRecord): string {
  const { entry, revision, arm, route, backend, operation } = record;
  let known = heldOf.get(entry);
  if (known === undefined || known.length >= MOST_HELD) {
    known = [];
    heldOf.set(entry, known);
  }
  for (const each of known) {
    if (
      each.revision === revision &&
      each.backend === backend &&
      each.operation === operation &&
      each.arm === arm &&
      each.routeRevision === route.revision
    )
      return each.text;
  }
  const text = members(HELD_PIECES, record);
  known.push({ revision, arm, routeRevision: route.revision, backend, operation, text });
  return text;
}

/** Who named the price that a cost was counted by. */
function pricesOf({ cost, cacheAgeMs, backend }: CallRecord): string | undefined {
  return cost === undefined || cacheAgeMs !== undefined ? undefined : backend?.pricesNamedBy;
}

/** How often backends were asked, where it was more than once: nearly all calls take one, which is not said. */
export const severalTries = ({ tries = 1 }: CallRecord): number | undefined =>
  tries > 1 ? tries : undefined;

function promptHashOf({ unlogged, promptHash, messages }: CallRecord): string | undefined {
  if (unlogged || messages === undefined) return undefined;
  return promptHash ?? textHash(JSON.stringify(messages));
}

function outputHashOf({ unlogged, answer }: CallRecord): string | undefined {
  return unlogged || answer?.text === undefined ? undefined : textHash(answer.text);
}

/** Exact to a millionth of a millionth, without what binary fractions leave behind. */
function usd(millionths: number): number {
  return Math.round(millionths * 1e6) / 1e12;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
