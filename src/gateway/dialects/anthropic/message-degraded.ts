import { eventOf } from './message-error.ts';

/** The answer that a route gives when every backend failed, in the form of a message. */
export const degradedJson = (route: string, content: string): string =>
  JSON.stringify({ ...headOf(route), content: [{ type: 'text', text: content }], stop_reason: 'end_turn' });

/** The same as a stream. */
export function degradedStream(route: string, content: string): string {
  const events = [
    { type: 'message_start', message: { ...headOf(route), content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: content } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: NOTHING },
    { type: 'message_stop' },
  ];
  return events.map((event) => eventOf(event.type, JSON.stringify(event))).join('');
}

const NOTHING = { input_tokens: 0, output_tokens: 0 };

function headOf(route: string) {
  const head = { id: 'msg_degraded', type: 'message', role: 'assistant', model: route };
  return { ...head, stop_sequence: null, usage: NOTHING };
}
