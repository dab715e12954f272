import Mocha, { type Runner, type Test } from 'mocha';

const events = Mocha.Runner.constants;

/**
 * Prints failures and skips in full, passes only by file, and closes with `N passed, N failed, N skipped`
 * alone on a line: what people and machines look for.
 */
export default class Tally {
  constructor(runner: Runner) {
    let passed = 0;
    let failed = 0;
    let skipped = 0;
    let again = 0;
    const startedAtMs = performance.now();
    runner.on(events.EVENT_SUITE_BEGIN, (suite) => {
      if (suite.parent?.root === true) console.log(`· ${suite.title}`);
    });
    runner.on(events.EVENT_TEST_PASS, (test: Test) => {
      passed++;
      if ((test.duration ?? 0) > 2_000) console.log(`  ${Math.round(test.duration ?? 0)} ms: ${test.fullTitle()}`);
    });
    runner.on(events.EVENT_TEST_PENDING, (test: Test) => {
      skipped++;
      console.log(`  SKIP ${test.fullTitle()}`);
    });
    runner.on(events.EVENT_TEST_FAIL, (test: Test, error: Error) => {
      failed++;
      console.log(`  FAIL ${test.fullTitle()}\n${error.stack ?? error.message}`);
    });
    // real processes on a computer that others use: a test may have a second try, but not in silence
    runner.on(events.EVENT_TEST_RETRY, (test: Test, error: Error) => {
      again++;
      console.log(`  AGAIN ${test.fullTitle()}\n${error.stack ?? error.message}`);
    });
    runner.once(events.EVENT_RUN_END, () => {
      if (again > 0) console.log(`${again} needed a second try; each is named above with what went wrong`);
      console.log(`in ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
      console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    });
  }
}
