/** One configuration, two projects: what is beside the code, and what crosses modules under `test/`. */
const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  testEnvironment: 'node',
  setupFilesAfterEnv: ['<rootDir>/test/patience.ts'],
};

export default {
  // Most of what crosses modules waits for a rollout to go on, and leaves the processors to others.
  maxWorkers: 3,
  reporters: ['default', '<rootDir>/test/reporter.js'],
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.test.ts'] },
    {
      ...shared,
      displayName: 'whole',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      globalSetup: '<rootDir>/test/control-plane/jest-setup.ts',
      globalTeardown: '<rootDir>/test/control-plane/jest-teardown.ts',
    },
  ],
};
