import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';

/** What a test of a command has while it runs. */
export interface Heard {
  /** A folder of its own. */
  folder: string;
  /** What was written to standard error. */
  said: string;
}

/** Gives each test of a file a folder, and keeps what is written to standard error. */
export function hearEach(): Heard {
  const heard: Heard = { folder: '', said: '' };
  beforeEach(() => {
    heard.folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
    heard.said = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      heard.said += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(heard.folder, { recursive: true });
  });
  return heard;
}
