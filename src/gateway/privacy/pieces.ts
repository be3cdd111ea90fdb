import { type Restorer, startRestorer } from '../../privacy/restore.ts';
import type { Restoration } from './restore-value.ts';

export type Event = Record<string, unknown>;

/** The texts of a stream, each of which comes in pieces. */
export interface Pieces extends Pick<Restoration, 'value' | 'answersJson'> {
  /**
   * What can be passed on of the text `key` after one more piece.
   * @param asEvent the event that brings a rest of this text, should it end in what may be a placeholder
   */
  next(key: string, piece: string, isJson: boolean, asEvent: (rest: string) => Event): string;
  /** The events that bring what was held back of texts that end, all whose key begins so. */
  rest(prefix: string): Event[];
}

export function pieces({ value, values, answersJson }: Restoration): Pieces {
  const texts = new Map<string, { restorer: Restorer; asEvent: (rest: string) => Event }>();
  return {
    value,
    answersJson,
    next(key, piece, isJson, asEvent) {
      let text = texts.get(key);
      if (text === undefined) {
        if (!piece.includes('[')) return piece;
        text = { restorer: startRestorer(isJson ? values.inJson : values.plain), asEvent };
        texts.set(key, text);
      }
      return text.restorer.push(piece);
    },
    rest(prefix) {
      const events: Event[] = [];
      for (const [key, { restorer, asEvent }] of texts) {
        if (!key.startsWith(prefix)) continue;
        texts.delete(key);
        const rest = restorer.end();
        if (rest !== '') events.push(asEvent(rest));
      }
      return events;
    },
  };
}
