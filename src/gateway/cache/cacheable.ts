import type { Answer } from '../answer.ts';
import type { Body, Endpoint } from '../dialects/endpoint.ts';

/** Whether a call stands for itself: what goes on with what a provider keeps is not the same when it is asked again. */
export const standsAlone = ({ goesOn }: Pick<Endpoint, 'goesOn'>, body: Body): boolean =>
  body.conversation == null && (goesOn === undefined || body[goesOn] == null);

/** Tools that whoever called runs itself. */
const OF_CALLERS: readonly unknown[] = [undefined, null, 'function', 'custom'];

/** What has a provider do more than answer: run tools that look at the world or change it, or keep the call where it is asked to. */
const HAS_EFFECTS = ['web_search_options', 'mcp_servers', 'container'];

/**
 * Whether nothing but an answer comes of what is sent, so that one given before is as good. Responses are kept by the
 * provider unless asked not to; that alone is no effect that somebody asked for.
 */
export function onlyAnswers(sent: Readonly<Body>): boolean {
  if (sent.store === true) return false;
  if (HAS_EFFECTS.some((name) => sent[name] != null)) return false;
  const tools = Array.isArray(sent.tools) ? (sent.tools as ({ type?: unknown } | null)[]) : [];
  return tools.every((tool) => OF_CALLERS.includes(tool?.type));
}

/** Whether an answer is one to give again: whole, and with nothing wrong in it. */
export const isWell = ({ outcome, toolsFailed }: Answer): boolean =>
  outcome === 'success' && toolsFailed !== true;
