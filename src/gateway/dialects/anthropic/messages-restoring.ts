import type { Event } from '../../privacy/pieces.ts';
import type { EventRestoring } from '../../privacy/restore-events.ts';

type Block = Record<string, unknown>;

/** What of a block comes in pieces. */
const TEXTS = ['text', 'thinking', 'partial_json'];

/** Events of a message: each block has texts of its own, and ends before the next begins. */
export const messagesRestoring: EventRestoring = {
  named: true,
  restored(event, pieces) {
    const { type, index } = event;
    const delta = event.delta as Block | null | undefined;
    const name = TEXTS.find((each) => typeof delta?.[each] === 'string');
    if (type === 'content_block_delta' && name !== undefined) {
      const isJson = name === 'partial_json' || (name === 'text' && pieces.answersJson);
      const bring = (rest: string): Event => ({
        type,
        index,
        delta: { type: delta!.type, [name]: rest },
      });
      const said = pieces.next(`${index}/`, String(delta![name]), isJson, bring);
      return said === delta![name] ? [event] : [{ ...event, delta: { ...delta, [name]: said } }];
    }
    // A signature comes after all of what it signs; a citation may come in the middle of a text.
    const ends = type === 'content_block_stop' || delta?.type === 'signature_delta';
    const before = ends ? pieces.rest(`${index}/`) : [];
    return [...before, pieces.value(event) as Event];
  },
};
