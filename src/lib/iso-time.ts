let last = { second: Number.NaN, begin: '' };

/**
 * A moment as `toISOString` writes it. Of moments that are written one after the other most are of the same second, whose
 * date and time of day need not be worked out again.
 */
export function isoTime(at: Date): string {
  const ms = at.getTime();
  const second = Math.floor(ms / 1_000);
  if (second !== last.second) last = { second, begin: at.toISOString().slice(0, -'000Z'.length) };
  return `${last.begin}${String(ms - second * 1_000).padStart(3, '0')}Z`;
}
