let shown = '';
let shownAt = 0;

/** Now, as `Date` in the head of an answer says it; made once a second. */
export function httpDate(now = Date.now()): string {
  const second = Math.floor(now / 1000);
  if (second !== shownAt) {
    shownAt = second;
    shown = new Date(second * 1000).toUTCString();
  }
  return shown;
}
