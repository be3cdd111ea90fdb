import { writeSync } from 'node:fs';

/**
 * Ends the log of a Jest run with one line, `N passed, N failed, N skipped`, which nothing follows. A test file that
 * could not run counts as a failed test. A run in which no test passed fails, and so does one that does not end.
 */
export default class ClosingLine {
  constructor(globalConfig) {
    this.watching = globalConfig.watch || globalConfig.watchAll;
  }

  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    let failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    if (passed === 0) this.error = new Error('No test passed.');
    process.once('exit', () => writeSync(1, `${passed} passed, ${failed} failed, ${skipped} skipped\n`));

    if (this.watching) return;
    // It does not keep the process alive: it goes off only if something else still does, long after the teardown.
    setTimeout(() => {
      failed += 1;
      process.stderr.write('A test left something open that keeps the run from ending.\n');
      process.exit(1);
    }, 30_000).unref();
  }

  getLastError() {
    return this.error;
  }
}
