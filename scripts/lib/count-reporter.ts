import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** What a run of the tests came to. */
export type TestCount = { passed: number; failed: number; skipped: number };

/** Where the reporter writes its count, as JSON; the runner of the tests reads it there. */
export const COUNT_FILE_VARIABLE = "SWITCHBOARD_TEST_COUNT_FILE";

/**
 * Counts tests over all projects. A file that cannot be loaded, a hook that fails and an error outside any test count as
 * one failed test each: none of them may hide behind tests that never ran.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const file = process.env[COUNT_FILE_VARIABLE];
    if (file !== undefined) {
      writeFileSync(file, JSON.stringify(countTests(modules, unhandledErrors.length)));
    }
  }
}

function countTests(modules: readonly TestModule[], unhandledErrors: number): TestCount {
  const count = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      count[state === "pending" ? "failed" : state] += 1;
    }
    const suites = [...module.children.allSuites()];
    count.failed += [module, ...suites].filter((suite) => suite.errors().length > 0).length;
  }
  return count;
}
