import { type ImportContext, isObject, type Json, listOf, pathOf, resolved } from './context.ts';

/** Most cases that the lists among one test's variables are spread into. */
const MOST_SPREAD = 500;

/** Variables as they are written: a map, or the paths of files with maps. */
export function importVars(given: unknown, where: string, context: ImportContext): Json {
  const vars: Json = {};
  for (const each of isObject(given) ? [given] : listOf(given)) {
    const map = typeof each === 'string' ? resolved(`file://${pathOf(each)}`, where, context) : each;
    if (isObject(map)) Object.assign(vars, map);
    else if (map !== undefined) context.leaveOut(where, 'is no map of variables');
  }
  for (const [name, value] of Object.entries(vars)) {
    const content = resolved(value, `${where}.${name}`, context);
    if (content === undefined) delete vars[name];
    else vars[name] = content;
  }
  return vars;
}

/** A list of texts stands for as many cases as it has texts, in all combinations: as promptfoo has it. */
export function spread(vars: Json, where: string, { leaveOut }: ImportContext): Json[] {
  let all: Json[] = [{}];
  for (const [name, value] of Object.entries(vars)) {
    const values = Array.isArray(value) && typeof value[0] === 'string' ? value : [value];
    if (all.length * values.length > MOST_SPREAD) {
      leaveOut(`${where}.vars.${name}`, `makes more than ${MOST_SPREAD} cases: its first value is taken`);
      values.length = 1;
    }
    all = all.flatMap((each) => values.map((one: unknown) => ({ ...each, [name]: one })));
  }
  return all;
}
