// Plain .mjs: Stryker, and with it its types, is not needed for anything else.
import fc from 'fast-check';
import Mocha from 'mocha';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { determineHitLimitReached, toMutantRunResult } from '@stryker-mutator/api/test-runner';

/** Stryker's numbers for the outcome of a test. */
const [passed, failed, skipped] = [0, 1, 2];

/** So many tests are tried before all others. */
const mostKillers = 12;

/**
 * Runs the tests of the core inside Stryker's process: the mutated code is loaded once, and one mutant after the other is
 * switched on in it. Starting Node and mocha anew for each of some thousand mutants would take many hours.
 */
class CoreRunner {
  /** @type {Mocha | null} */
  #mocha = null;
  #everything = /(?:)/;
  /** Titles of the tests that killed last, the newest first. */
  #killers = [];

  capabilities() {
    // what is computed while a module is loaded needs a fresh process
    return { reloadEnvironment: false };
  }

  async dryRun({ coverageAnalysis }) {
    await this.#load();
    const space = strykerSpace();
    space.activeMutant = undefined;
    const result = await this.#run(this.#everything, coverageAnalysis === 'perTest');
    return { ...result, mutantCoverage: space.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    const space = strykerSpace();
    space.hitLimit = hitLimit;
    space.hitCount = hitLimit === undefined ? undefined : 0;
    if (mutantActivation === 'static') space.activeMutant = activeMutant.id;
    await this.#load();
    space.activeMutant = activeMutant.id;
    // what killed the mutants before this one in the file will most likely kill it too
    const likely = this.#killers.filter((title) => testFilter === undefined || testFilter.includes(title));
    let result = likely.length === 0 ? null : await this.#run(exactly(likely), false);
    if (result === null || !result.tests.some(hasFailed)) {
      result = await this.#run(testFilter === undefined ? this.#everything : exactly(testFilter), false);
    }
    const killer = result.tests.find(hasFailed)?.id;
    if (killer !== undefined) {
      this.#killers = [killer, ...this.#killers.filter((title) => title !== killer)].slice(0, mostKillers);
    }
    return toMutantRunResult(determineHitLimitReached(space.hitCount, hitLimit) ?? result);
  }

  async #load() {
    if (this.#mocha !== null) return;
    // the same scripts for every mutant, and nobody reads the smallest one
    fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 1, endOnFailure: true });
    process.env['TVE_LAW_RUNS'] ??= '250';
    const mocha = new Mocha({ reporter: silence, timeout: 60_000 });
    mocha.cleanReferencesAfterRun(false);
    for (const file of process.env['TVE_MUTATION_TESTS'].split(' ')) mocha.addFile(file);
    await mocha.loadFilesAsync();
    mocha.suite.beforeEach(function () {
      strykerSpace().currentTestId = this.currentTest?.fullTitle();
    });
    this.#mocha = mocha;
  }

  #run(titles, complete) {
    const mocha = this.#mocha;
    if (mocha === null) throw new Error('the tests are not loaded');
    mocha.grep(titles);
    mocha.suite.bail(!complete);
    const tests = [];
    return new Promise((resolve) => {
      const runner = mocha.run(() => {
        strykerSpace().currentTestId = undefined;
        resolve({ status: 'complete', tests });
      });
      runner.on('pass', (test) => tests.push(told(test, { status: passed })));
      runner.on('fail', (test, error) =>
        tests.push(told(test, { status: failed, failureMessage: String(error?.message ?? error) })),
      );
      runner.on('pending', (test) => tests.push(told(test, { status: skipped })));
    });
  }
}

function told(test, more) {
  return { id: test.fullTitle(), name: test.fullTitle(), timeSpentMs: test.duration ?? 0, ...more };
}

/** Mocha wants a reporter; Stryker reports. */
function silence() {
  return undefined;
}

function hasFailed({ status }) {
  return status === failed;
}

function exactly(titles) {
  const escaped = titles.map((title) => title.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  return new RegExp(`^(?:${escaped.join('|')})$`);
}

function strykerSpace() {
  return (globalThis.__stryker__ ??= {});
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'core', CoreRunner)];
