/**
 * Text of a manifest as it may be shown: on one line, with nothing that a terminal would obey, and without what stands
 * where credentials do.
 */
export const harmless = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/:\/\/[^/\s"@]+@/g, '://…@')
    .replaceAll(/\b(sk|pk|rk|ghp|gho|ghs|glpat|xox[a-z]|AKIA)[-_]?[A-Za-z0-9_-]{12,}/g, '$1…');
