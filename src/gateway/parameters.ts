/** What belongs to a call, whatever a revision's parameters say: a caller that does not stream cannot read a stream. */
const OF_THE_CALL = ['model', 'messages', 'input', 'previous_response_id', 'stream', 'stream_options'];

/** The parameters that a revision may set. */
export function revisionParameters(parameters: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !OF_THE_CALL.includes(name)));
}
