import { RE2JS } from 're2js';

/** What can tell whether a text matches, and where. */
export interface Pattern {
  test(text: string): boolean;
  /** All matches from left to right, without overlap, each from `start` to before `end`; empty ones are left out. */
  placesIn(text: string): { start: number; end: number }[];
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
    return {
      test: (text) => compiled.matcher(text).find(),
      placesIn(text) {
        const places = [];
        for (const matcher = compiled.matcher(text); matcher.find(); ) {
          if (matcher.end() > matcher.start()) places.push({ start: matcher.start(), end: matcher.end() });
        }
        return places;
      },
    };
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
