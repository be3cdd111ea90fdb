/** What the user asked for cannot be done as asked; the message says what to give instead. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}
