import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LEAST_KEY_BYTES } from '../gateway/call-token.ts';
import { messageOf } from '../lib/log.ts';
import { writeFileAtomic } from '../store/directory/atomic.ts';

/** What calls are signed with. */
export interface FeedbackKeyOptions {
  feedbackKeyFile?: string;
}

/** The key that the options name, if they do. Throws as `readFeedbackKey`. */
export const feedbackKeyOf = async ({
  feedbackKeyFile,
}: FeedbackKeyOptions): Promise<Uint8Array | undefined> =>
  feedbackKeyFile === undefined ? undefined : readFeedbackKey(feedbackKeyFile);

/**
 * Reads the key that calls are signed with for feedback: the file's bytes as they are.
 * @throws Error naming the file, and never what is in it, where it cannot be read or holds too little.
 */
export async function readFeedbackKey(path: string): Promise<Uint8Array> {
  const key = await readFile(path).catch((error: unknown) => {
    throw new Error(`the feedback key cannot be read: ${messageOf(error)}`);
  });
  if (key.length >= LEAST_KEY_BYTES) return key;
  throw new Error(
    `${path} holds ${key.length} bytes: a feedback key has at least ${LEAST_KEY_BYTES}, such as head -c 32 /dev/urandom gives`,
  );
}

/**
 * The key of a gateway without a cluster: made at its first start and kept in the state folder, for nobody else to read.
 * The folder must be this process's own.
 * @throws Error where it can be neither read nor written.
 */
export async function keptFeedbackKey(stateFolder: string): Promise<Uint8Array> {
  const path = join(stateFolder, 'feedback.key');
  const there = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (there === undefined)
    await writeFileAtomic(path, randomBytes(LEAST_KEY_BYTES).toString('base64'), 0o600);
  return readFeedbackKey(path);
}
