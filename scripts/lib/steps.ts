import { execa } from "execa";
import { formatSeconds } from "./output.ts";
import { ROOT } from "./settings.ts";

/** A failure shows its cause in its first lines; the rest would push the other steps out of sight. */
const LINES_SHOWN = 60;

/** One check. It fails by the problems it tells; an empty list is a pass. */
export type Step = { name: string; run: () => Promise<string[]> };

/** How a run of steps ended. */
export type StepCount = { passed: number; failed: number };

/** A step that runs a tool of the project under the project's Node; what the tool printed is shown when it fails. */
export function toolStep(name: string, command: string[], folder: string = ROOT): Step {
  return {
    name,
    run: async () => {
      const result = await execa(process.execPath, command, { cwd: folder, stdin: "ignore", all: true, reject: false });
      return result.failed ? [result.all ?? "", result.exitCode === undefined ? (result.shortMessage ?? "") : ""] : [];
    },
  };
}

/** Runs the steps, so many at a time, and prints each as it ends with the time it took. Runs all, whatever fails. */
export async function runSteps(steps: Step[], concurrency: number): Promise<StepCount> {
  const waiting = [...steps];
  const count = { passed: 0, failed: 0 };
  const runNext = async (): Promise<void> => {
    const step = waiting.shift();
    if (step !== undefined) {
      const isPassed = await runStep(step);
      count[isPassed ? "passed" : "failed"] += 1;
      await runNext();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, runNext));
  return count;
}

async function runStep({ name, run }: Step): Promise<boolean> {
  const startedMs = performance.now();
  const problems = await run().catch((err: unknown) => [
    err instanceof Error ? (err.stack ?? err.message) : String(err),
  ]);
  const isPassed = problems.length === 0;
  console.log(`${isPassed ? "ok  " : "FAIL"} ${name.padEnd(28)} ${formatSeconds(performance.now() - startedMs)}`);
  if (!isPassed) {
    console.log(indentBeginning(problems.filter((text) => text !== "").join("\n")));
  }
  return isPassed;
}

function indentBeginning(text: string): string {
  const lines = text.split("\n");
  const left = lines.length - LINES_SHOWN;
  const shown = left > 0 ? [...lines.slice(0, LINES_SHOWN), `... and ${left} more lines`] : lines;
  return shown.map((line) => `     ${line}`).join("\n");
}
