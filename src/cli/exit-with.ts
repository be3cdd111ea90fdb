/** Ends the program with an exit code that says how something stands; what there was to say has been said. */
export class ExitWith extends Error {
  override name = 'ExitWith';
  readonly code: number;
  constructor(code: number) {
    super(`exit code ${code}`);
    this.code = code;
  }
}
