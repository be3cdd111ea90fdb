import { writeSync } from 'node:fs';

/**
 * Ends the log of a Jest run with one line, `N passed, N failed, N skipped`, which nothing follows. A test file that
 * could not run counts as a failed test, and a run in which no test passed fails.
 */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    if (passed === 0) this.error = new Error('No test passed.');
    process.once('exit', () => writeSync(1, `${passed} passed, ${failed} failed, ${skipped} skipped\n`));
  }

  getLastError() {
    return this.error;
  }
}
