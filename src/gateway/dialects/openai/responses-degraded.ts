/** The answer that a route gives when every backend failed, in the form of a response. */
export const degradedJson = (route: string, content: string): string => JSON.stringify(whole(route, content));

/** The same as a stream. */
export function degradedStream(route: string, content: string): string {
  const response = whole(route, content);
  const [item] = response.output;
  const [part] = item!.content;
  const at = { item_id: item!.id, output_index: 0, content_index: 0 };
  const begun = { ...response, status: 'in_progress', output: [] };
  const events = [
    { type: 'response.created', response: begun },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
    { type: 'response.output_text.delta', ...at, delta: content, logprobs: [] },
    { type: 'response.output_text.done', ...at, text: content, logprobs: [] },
    { type: 'response.content_part.done', ...at, part },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response },
  ];
  return events
    .map(
      (event, at) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: at })}\n\n`,
    )
    .join('');
}

function whole(route: string, text: string) {
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }];
  const item = { type: 'message', id: 'msg_degraded', role: 'assistant', status: 'completed', content };
  return {
    id: 'resp_degraded',
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: 'completed',
    model: route,
    output: [item],
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    tools: [],
  };
}
