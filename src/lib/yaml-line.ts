import { EVENT_ID, type Event, getScalarValue, parseEvents } from 'js-yaml';

/**
 * The line (counted from 1) of a field in the first document of a YAML or JSON text: of its value's beginning, or of the
 * deepest field on the way to it that is there.
 */
export function fieldLine(text: string, path: readonly PropertyKey[]): number {
  const events = parseEvents(text, {});
  let at = events.findIndex((event) => event.type !== EVENT_ID.DOCUMENT);
  let offset = startOf(events[at]) ?? 0;
  for (const key of path) {
    const child = childOf(events, at, key, text);
    if (child === undefined) break;
    at = child.value;
    offset = child.start;
  }
  return text.slice(0, offset).split('\n').length;
}

/** Where an element begins: an item of a list by itself, an entry of a mapping by its key. */
function childOf(events: Event[], parent: number, key: PropertyKey, text: string) {
  const container = events[parent];
  if (container?.type === EVENT_ID.SEQUENCE) {
    const item = children(events, parent)[Number(key)];
    return item === undefined ? undefined : { value: item, start: startOf(events[item]) ?? 0 };
  }
  if (container?.type !== EVENT_ID.MAPPING) return undefined;
  const parts = children(events, parent);
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const name = events[parts[index]!];
    if (name?.type !== EVENT_ID.SCALAR || getScalarValue(text, name) !== key) continue;
    return { value: parts[index + 1]!, start: name.valueStart };
  }
  return undefined;
}

/** Indices of the events that begin a direct child of the one at `parent`. */
function children(events: Event[], parent: number): number[] {
  const found: number[] = [];
  let depth = 0;
  for (let index = parent + 1; index < events.length && depth >= 0; index++) {
    const { type } = events[index]!;
    if (type === EVENT_ID.POP) depth--;
    else {
      if (depth === 0) found.push(index);
      if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
    }
  }
  return found;
}

function startOf(event: Event | undefined): number | undefined {
  if (event?.type === EVENT_ID.SCALAR) return event.valueStart;
  if (event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE) return event.start;
  return undefined;
}
