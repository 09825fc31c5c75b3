import type { AddCommand } from "../command.ts";
import { examine } from "../doctor/examine.ts";
import type { Finding, FindingLevel } from "../doctor/finding.ts";
import type { Machine } from "../machine.ts";

/** doctor: what is wrong with the installation, and what to do. Exit code 1 when there is an error. */
export const addDoctor: AddCommand = (program, machine) => {
  program
    .command("doctor")
    .description("looks for what is wrong with the installation, and says what to do")
    .option("--deep", "open every sealed row, not only some of each bot")
    .action((options: { readonly deep?: true }) => doctor(machine, options.deep === true));
};

async function doctor(machine: Machine, isDeep: boolean): Promise<void> {
  const { output } = machine;
  const findings = await examine(machine.settings(), isDeep, (name) => output.progress(`Looking at ${name}`));
  const count = (level: FindingLevel) => findings.filter((finding) => finding.level === level).length;
  const [errors, warnings] = [count("error"), count("warning")];
  if (errors > 0) machine.foundProblems();
  output.result({ errors, warnings, findings }, [
    ...findings.flatMap(linesOf),
    "",
    errors + warnings === 0 ? "All is well." : `Errors: ${errors}, warnings: ${warnings}.`,
  ]);
}

function linesOf({ level, check, message, advice }: Finding): readonly string[] {
  const line = `${level.padEnd(8)} ${check.padEnd(15)} ${message}`;
  return advice === null ? [line] : [line, `${" ".repeat(25)}-> ${advice}`];
}
