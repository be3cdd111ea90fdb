import { chat } from '../dialects/openai/chat.ts';
import { responses } from '../dialects/openai/responses.ts';
import { isWell, onlyAnswers, standsAlone } from './cacheable.ts';

test.each([
  [chat, {}, true],
  [chat, { previous_response_id: 'resp_1' }, true],
  [responses, {}, true],
  [responses, { previous_response_id: null, conversation: null }, true],
  [responses, { previous_response_id: 'resp_1' }, false],
  [responses, { conversation: 'conv_1' }, false],
  [responses, { conversation: { id: 'conv_1' } }, false],
])('a call that goes on with what a provider keeps does not stand alone: %#', (endpoint, body, alone) => {
  expect(standsAlone(endpoint, body)).toBe(alone);
});

test.each([
  [{}, true],
  [{ store: false, tools: [] }, true],
  [
    { tools: [{ type: 'function', function: { name: 'f' } }, { name: 'g' }, { type: 'custom', name: 'h' }] },
    true,
  ],
  [{ store: true }, false],
  [{ web_search_options: {} }, false],
  [{ mcp_servers: [{ url: 'x' }] }, false],
  [{ container: 'c' }, false],
  [{ tools: [{ type: 'function' }, { type: 'web_search' }] }, false],
  [{ tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] }, false],
  [{ tools: [{ type: 'mcp', server_label: 's' }] }, false],
])('what has more than an answer come of it is asked each time: %j', (sent, only) => {
  expect(onlyAnswers(sent)).toBe(only);
});

test.each([
  [{ outcome: 'success' as const }, true],
  [{ outcome: 'success' as const, toolsFailed: false }, true],
  [{ outcome: 'success' as const, toolsFailed: true }, false],
  [{ outcome: 'refusal' as const }, false],
  [{ outcome: 'truncated' as const }, false],
  [{ outcome: 'schema_invalid' as const }, false],
])('only an answer with nothing wrong in it is given again: %j', (answer, well) => {
  expect(isWell({ toolCalls: 0, schemaChecked: false, ...answer })).toBe(well);
});
