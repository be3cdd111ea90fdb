import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the scripted provider is asked, and where its answer goes. */
export interface Asked {
  body: Record<string, unknown>;
  request: IncomingMessage;
  response: ServerResponse;
}

export interface ScriptedProvider {
  baseURL: string;
  asked: Asked[];
  stop(): Promise<void>;
}

/** A provider that does what no simulator should: it answers by `answer`, down to single bytes. */
export async function scriptedProvider(answer: (asked: Asked) => void): Promise<ScriptedProvider> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const one = { body: JSON.parse(text) as Record<string, unknown>, request, response };
    asked.push(one);
    answer(one);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A completion as providers send it. */
export const completion = (content = 'Hello'): string =>
  JSON.stringify({
    id: 'c1',
    object: 'chat.completion',
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 1 },
  });

/** One event of a stream. */
export const chunk = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { content }, finish_reason: finish }],
  })}\n\n`;

/** Answers with a stream of these events, and leaves it open. */
export function begin(response: ServerResponse, ...events: string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(events.join(''));
}

export function answerJson(response: ServerResponse, status: number, body: string, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}
