import { Agent, request } from 'undici';
import type { Privacy } from '../../api/privacy.ts';
import { parseDuration } from '../../lib/duration.ts';
import { messageOf } from '../../lib/log.ts';
import { readBounded } from '../../lib/read-bounded.ts';
import { type Said, spansByText } from '../../privacy/find-all.ts';
import { mergeSpans, type Span } from '../../privacy/span.ts';
import { checkHost, guardedLookup } from '../addresses.ts';

type PresidioSpec = NonNullable<Privacy['presidio']>;

const DEFAULT_TIMEOUT_MS = 1_000;
/** Longest answer, in bytes: a find takes some hundred. */
const MOST_ANSWER_BYTES = 8 * 1024 * 1024;
const MOST_CONNECTIONS = 64;
/** Parts two texts as paragraphs are: sentences do not go on past it. */
const BETWEEN = '\n\n';

/** What an analyzer says of one find; places are counted in code points, as Python does. */
interface Finding {
  entity_type?: unknown;
  start?: unknown;
  end?: unknown;
  score?: unknown;
}

let shared: Agent | undefined;

/**
 * Finds by asking a Presidio analyzer, over HTTP: `POST …/analyze` with all texts as one, since not every version takes a
 * list. Link-local and metadata addresses are not asked, whatever a name resolves to, and no redirect is followed.
 * @throws Error where the address is one of those; from the function, where no answer comes in time or is none. It names the
 * host, and nothing of what was asked or answered.
 */
export function presidio({
  url,
  entities,
  language = 'en',
  minScore,
  timeout,
}: PresidioSpec): (said: readonly Said[]) => Promise<Span[][]> {
  const target = new URL(`${url.replace(/\/+$/, '')}/analyze`);
  checkHost(target.origin);
  const least = minScore === undefined ? 0 : Number(minScore);
  const timeoutMs = timeout === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(timeout);
  const wanted = new Set<string>(entities);

  const analyze = async (text: string): Promise<unknown> => {
    shared ??= new Agent({ connections: MOST_CONNECTIONS, connect: { lookup: guardedLookup } });
    const answer = await request(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'sluice' },
      body: JSON.stringify({ text, language, entities, score_threshold: least }),
      dispatcher: shared,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const said = await readBounded(answer.body, MOST_ANSWER_BYTES);
    if (answer.statusCode !== 200) throw new Error(`it answered ${answer.statusCode}`);
    return JSON.parse(said);
  };

  return async (said) => {
    const texts = said.map(({ text }) => text);
    const text = texts.join(BETWEEN);
    if (text.trim() === '') return texts.map(() => []);
    try {
      const findings = await analyze(text);
      if (!Array.isArray(findings)) throw new Error('it answered something else than a list');
      const place = placesOf(text);
      const spans = (findings as (Finding | null)[])
        .filter((each) => wanted.has(String(each?.entity_type)) && Number(each?.score ?? 1) >= least)
        .map((each): Span => {
          const [start, end] = [place(each?.start), place(each?.end)];
          if (start === undefined || end === undefined || start >= end)
            throw new Error('it named a place that the text does not have');
          return { kind: String(each?.entity_type), start, end };
        });
      return spansByText(texts, mergeSpans(spans), BETWEEN.length);
    } catch (error) {
      throw new Error(`Presidio at ${target.host}: ${reasonOf(error, timeoutMs)}`);
    }
  };
}

/** Code points as places of JavaScript's, which counts those beyond the first 65,536 twice. */
function placesOf(text: string): (codePoint: unknown) => number | undefined {
  const places = /[\ud800-\udbff][\udc00-\udfff]/.test(text) ? codePointPlaces(text) : undefined;
  const most = places === undefined ? text.length : places.length - 1;
  return (codePoint) => {
    if (typeof codePoint !== 'number' || !Number.isInteger(codePoint)) return undefined;
    if (codePoint < 0 || codePoint > most) return undefined;
    return places === undefined ? codePoint : places[codePoint];
  };
}

function codePointPlaces(text: string): number[] {
  const places: number[] = [];
  let at = 0;
  for (const { length } of text) {
    places.push(at);
    at += length;
  }
  places.push(at);
  return places;
}

/** Never the words of a broken JSON: they quote it. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof SyntaxError) return 'it answered something else than JSON';
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  if (name === 'TimeoutError') return `it took longer than ${timeoutMs} ms`;
  return [code, messageOf(error)].filter((each) => typeof each === 'string' && each !== '').join(': ');
}
