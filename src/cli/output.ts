/** 128 and the number of SIGPIPE, which Node does not let end a process: what shells say of a program that it did. */
const UNREAD = 141;

let listening = false;

/**
 * Writes to standard output what was asked for. Where nobody reads on, as behind `| head -1`, the program ends without a
 * word; where it cannot be written, with one line and code 1.
 */
export function print(text: string): void {
  if (!listening) process.stdout.on('error', end);
  listening = true;
  process.stdout.write(text);
}

function end(error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') process.exit(UNREAD);
  process.stderr.write(`error: standard output: ${error.message}\n`);
  process.exit(1);
}

/** Lets work go on where nobody reads what is said of it any more: without a listener that would end the process. */
export function outliveLog(): void {
  if (!process.stderr.listeners('error').includes(ignore)) process.stderr.on('error', ignore);
}

function ignore(): void {
  // There is nobody to tell.
}
