import { spawn } from 'node:child_process';

/** How a command ended. `code` is -1 when a signal ended it. */
export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Written to the command's standard input, which is closed afterwards. */
  input?: string;
  /** Called with each piece of what the command writes to stderr. */
  onStderr?: (text: string) => void;
}

/** Runs a command to its end, whatever its exit code. Throws only if it cannot be started. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      options.onStderr?.(text);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    // A command may end without reading its input: its exit code says what happened, a broken pipe does not.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
  });
}
