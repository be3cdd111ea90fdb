import { jest } from '@jest/globals';

// Five seconds are too short here: a control plane may have to start, or a disk that is still writing an installation down
// may take seconds for one fsync.
jest.setTimeout(60_000);
