import type { Event, Pieces } from '../../privacy/pieces.ts';
import type { EventRestoring } from '../../privacy/restore-events.ts';

type Fields = Record<string, unknown>;

/** Chunks of a chat completion: each choice has texts of its own, and each of its calls of tools. */
export const chatRestoring: EventRestoring = {
  named: false,
  restored(chunk, pieces) {
    if (!Array.isArray(chunk.choices)) return [pieces.value(chunk) as Event];
    const choices = (chunk.choices as unknown[]).map((choice) => {
      if (!isFields(choice)) return choice;
      const { index = 0, delta } = choice;
      return isFields(delta) ? { ...choice, delta: restoredDelta(chunk, index, delta, pieces) } : choice;
    });
    const ended = choices.filter(isFields).filter(({ finish_reason }) => finish_reason != null);
    const rest = ended.flatMap(({ index = 0 }) => pieces.rest(`${index}/`));
    const restored = { ...chunk, choices };
    if (rest.length === 0) return [restored];
    // What was held back after all comes between what this chunk brings and what it ends.
    const { usage: _, ...head } = chunk;
    const open = choices.map((choice) => (isFields(choice) ? { ...choice, finish_reason: null } : choice));
    const ends = ended.map((choice) => ({ ...choice, delta: {} }));
    return [{ ...head, choices: open }, ...rest, { ...chunk, choices: ends }];
  },
};

function restoredDelta(chunk: Event, index: unknown, delta: Fields, pieces: Pieces): Fields {
  const bring = (rest: Fields): Event => {
    const { usage: _, ...head } = chunk;
    return { ...head, choices: [{ index, delta: rest, finish_reason: null }] };
  };
  const restored = Object.entries(delta).map(([name, value]): [string, unknown] => {
    if (typeof value === 'string') {
      const isJson = pieces.answersJson && name === 'content';
      return [name, pieces.next(`${index}/${name}`, value, isJson, (rest) => bring({ [name]: rest }))];
    }
    if (name === 'tool_calls' && Array.isArray(value)) {
      const calls = value.map((call: unknown, at) =>
        isFields(call)
          ? restoredCall(call, `${index}/tool ${call.index ?? at}`, pieces, (rest) =>
              bring({ tool_calls: [{ index: call.index ?? at, ...rest }] }),
            )
          : call,
      );
      return [name, calls];
    }
    if (name === 'function_call' && isFields(value))
      return [
        name,
        restoredCall({ function: value }, `${index}/function`, pieces, ({ function: rest }) =>
          bring({ function_call: rest }),
        ).function,
      ];
    return [name, pieces.value(value)];
  });
  return Object.fromEntries(restored);
}

/** A part of a call: the arguments of a function are JSON, the input of a custom tool is any text. */
function restoredCall(call: Fields, key: string, pieces: Pieces, bring: (rest: Fields) => Event): Fields {
  const { function: called, custom } = call;
  if (isFields(called) && typeof called.arguments === 'string') {
    const said = pieces.next(key, called.arguments, true, (rest) => bring({ function: { arguments: rest } }));
    return { ...call, function: { ...called, arguments: said } };
  }
  if (isFields(custom) && typeof custom.input === 'string') {
    const said = pieces.next(key, custom.input, false, (rest) => bring({ custom: { input: rest } }));
    return { ...call, custom: { ...custom, input: said } };
  }
  return call;
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
