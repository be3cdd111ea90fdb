import type { Detector, Span } from './span.ts';

/** What stands before the @. Scripts that write no spaces between words are left out: the words before would be taken along. */
const LOCAL = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}._%+'-]/u;
const LONGEST_LOCAL = 64;
const DOMAIN =
  /(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[a-z]{2,24}(?![a-z0-9])|[^\P{L}a-z]{2,24}(?!\p{L}))/iuy;
/** `icon@2x.png` is a file. */
const FILE = /\.(?:png|jpe?g|gif|svg|webp|css|js|ts)$/i;

/** E-mail addresses (RFC 5321), with letters of any language, without quoted local parts. */
export const email: Detector = {
  kind: 'EMAIL',
  spansIn(text) {
    const spans: Span[] = [];
    for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
      const start = startOfLocal(text, at);
      DOMAIN.lastIndex = at + 1;
      const domain = DOMAIN.exec(text)?.[0];
      if (start === at || domain === undefined || FILE.test(domain)) continue;
      spans.push({ kind: 'EMAIL', start, end: at + 1 + domain.length });
    }
    return spans;
  },
};

function startOfLocal(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < LONGEST_LOCAL && LOCAL.test(text[start - 1] ?? '')) start--;
  // A quote, a dot or a dash before it belongs to the sentence.
  while (start < at && /[.'-]/.test(text[start] ?? '')) start++;
  return start;
}
