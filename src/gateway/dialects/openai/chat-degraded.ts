/** The answer that a route gives when every backend failed, in the form of a completion. */
export function degradedJson(route: string, content: string): string {
  return JSON.stringify({
    ...headOf(route, 'chat.completion'),
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }],
  });
}

/** The same as a stream. */
export function degradedStream(route: string, content: string): string {
  const head = headOf(route, 'chat.completion.chunk');
  const events = [
    { ...head, choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] },
    { ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  ];
  return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`;
}

function headOf(route: string, object: string) {
  return { id: 'chatcmpl-degraded', object, created: Math.floor(Date.now() / 1000), model: route };
}
