import { jest } from '@jest/globals';

// Jest takes a time limit for all projects only. Here a control plane may have to start, on a busy machine.
jest.setTimeout(60_000);
