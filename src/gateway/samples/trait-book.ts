import { isFinished } from '../../api/evidence.ts';
import type { ReleaseKind } from '../../api/resource.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import { countTraits, noTraits, type Traits } from '../../traits/counts.ts';
import { answerTraits, feedbackTraits, inputTraits, userText } from '../../traits/traits.ts';
import type { Answered as AnsweredRevision } from '../call-token.ts';
import type { Opinion } from '../cells.ts';
import type { Part } from '../draw.ts';
import { givenVariables } from '../prompt.ts';
import { placeOf } from '../split.ts';
import type { Table } from '../table.ts';
import type { Answered } from './sample.ts';

/** What calls of a release were like since they were last taken: counts only. */
export interface TakenTraits {
  kind: ReleaseKind;
  namespace: string;
  name: string;
  uid: string;
  /** The revision that served. */
  revision: string;
  calls: number;
  traits: Traits;
}

/** Counts what live calls of stable are like, of releases that an EvalSuite watches. */
export interface TraitBook {
  /** Counts an answered call where it is drawn. Returns at once and never throws. */
  offer(answered: Answered): void;
  /** Counts what was said of a call that is drawn. */
  feedback(table: Table, id: string, answered: readonly AnsweredRevision[], opinion: Opinion): void;
  /** What was counted since the last time; nobody else gets it. */
  take(): TakenTraits[];
  /** Forgets what nobody watches, or what does not serve, any more. */
  follow(table: Table): void;
}

export function traitBook(log: Log): TraitBook {
  const books = new Map<string, TakenTraits>();

  const isWatched = ({ entry: { watch, stable }, revision }: Part, place: number): boolean =>
    watch !== undefined && place < watch.share && revision === stable.revision;

  const bookOf = ({ entry: { kind, namespace, name, uid }, revision }: Part): TakenTraits => {
    const key = `${uid} ${revision}`;
    const known = books.get(key);
    if (known !== undefined) return known;
    const book = { kind, namespace, name, uid, revision, calls: 0, traits: noTraits() };
    books.set(key, book);
    return book;
  };

  const count = (parts: readonly Part[], { call, tried, came }: Answered): void => {
    const asked = tried.endpoint.asked(call.body);
    const own = Array.isArray(asked) ? asked : messagesOf(asked);
    const [text, variables] = [userText(own), givenVariables(call.body)];
    const messages = Array.isArray(own) ? own.length : 1;
    const answer = came.answer?.refused ? 'refusal' : came.outcome;
    const found = answerTraits(answer, came.answer?.text);
    for (const part of parts) {
      const book = bookOf(part);
      book.calls++;
      countTraits(
        book.traits.inputs,
        inputTraits({ text, messages, variables }, part.entry.watch!.variables),
      );
      countTraits(book.traits.answers, found);
    }
  };

  return {
    offer(answered) {
      const { parts: all, tried, came, call } = answered;
      if (!all.some(({ entry }) => entry.watch !== undefined)) return;
      // What a later backend, or stable, answered in its place is no answer of the revision's.
      if (tried.failure !== undefined || !isFinished(came.outcome)) return;
      const place = placeOf(call.id, '', '');
      const parts = all.filter((part) => isWatched(part, place));
      if (parts.length === 0) return;
      // The answer to the caller goes out first.
      setImmediate(() => {
        try {
          count(parts, answered);
        } catch (error) {
          log.error({ error: messageOf(error) }, 'what a call is like could not be counted');
        }
      });
    },
    feedback({ entries }, id, answered, opinion) {
      const found = feedbackTraits(opinion);
      for (const { uid, revision } of answered) {
        const entry = entries.get(uid);
        if (entry === undefined || !isWatched({ entry, revision }, placeOf(id, '', ''))) continue;
        countTraits(bookOf({ entry, revision }).traits.feedback, found);
      }
    },
    take() {
      const taken = [...books.values()];
      books.clear();
      return taken;
    },
    follow({ entries }) {
      for (const [key, { uid, revision }] of books) {
        const { watch, stable } = entries.get(uid) ?? {};
        if (watch === undefined || stable?.revision !== revision) books.delete(key);
      }
    },
  };
}

/** Of what is asked beside messages: the messages, or the text that stands for one. */
const messagesOf = (asked: unknown): unknown => {
  const { messages, input } = Object(asked) as Record<string, unknown>;
  return messages ?? input ?? asked;
};
