import { RE2JS } from 're2js';

/** What can tell whether a text matches. */
export interface Pattern {
  test(text: string): boolean;
}

/**
 * A regular expression that takes time in proportion to the text, whatever it is: RE2's, without lookarounds and
 * backreferences. For patterns that come from users and run on what others wrote.
 * @param flags `i`, `m` and `s` as in JavaScript; `u`, `g` and `y` change nothing here.
 * @throws SyntaxError saying what is not understood.
 */
export function linearPattern(source: string, flags = ''): Pattern {
  let bits = 0;
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) bits |= RE2JS.MULTILINE;
  if (flags.includes('s')) bits |= RE2JS.DOTALL;
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(source), bits);
    return { test: (text) => compiled.matcher(text).find() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(
      `pattern ${JSON.stringify(source.slice(0, 100))} is not understood (RE2 syntax): ${why}`,
    );
  }
}

/** `linearPattern` as Ajv takes it, for `pattern` and `patternProperties`. */
export const linearRegExp = Object.assign(linearPattern, {
  // Ajv writes this into standalone code, which nobody here makes.
  code: 'linearPattern',
});
