import type { Event } from '../../privacy/pieces.ts';
import type { EventRestoring } from '../../privacy/restore-events.ts';
import { wordOf } from '../json.ts';

/** Events of a response: what came in deltas comes whole once more, in events of what is done. */
export const responsesRestoring: EventRestoring = {
  named: true,
  restored(event, pieces) {
    const { delta } = event;
    const type = wordOf(event.type);
    const [, what, state] = /^(.*)\.(\w+)$/.exec(type) ?? [];
    const key = `${what}/${event.item_id ?? event.output_index}/${event.content_index ?? event.summary_index}/`;
    if (state === 'delta' && typeof delta === 'string') {
      const isJson = type.includes('arguments') || (pieces.answersJson && what === 'response.output_text');
      const said = pieces.next(key, delta, isJson, (rest) => bring(event, rest));
      return said === delta ? [event] : [{ ...event, delta: said }];
    }
    const before = state === 'done' ? pieces.rest(key) : ENDS.includes(type) ? pieces.rest('') : [];
    return [...before, pieces.value(event) as Event];
  },
};

/** An event that brings a rest of the text whose piece the event given is. */
function bring({ logprobs, obfuscation: _, ...event }: Event, rest: string): Event {
  return { ...event, delta: rest, ...(logprobs !== undefined && { logprobs: [] }) };
}

const ENDS = ['response.completed', 'response.incomplete', 'response.failed', 'error'];
