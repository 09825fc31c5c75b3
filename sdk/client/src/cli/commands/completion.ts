import { Argument, type Command } from "commander";
import { type CompletedShell, completedShells, completionScript } from "../completion/scripts.ts";
import { addExamples } from "../examples.ts";
import type { Terminal } from "../terminal.ts";

/** completion: the script by which a shell completes commands, options, their values and the names of bots. */
export function addCompletionCommand(program: Command, terminal: Terminal): void {
  const completion = program
    .command("completion")
    .description("write the script that completes commands, options, values and names of bots in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(completedShells))
    .action((shell: CompletedShell) => void terminal.stdout.write(completionScript(shell)));
  addExamples(completion, [
    ["source <(sb completion bash)", "in ~/.bashrc"],
    ["source <(sb completion zsh)", "in ~/.zshrc, after compinit"],
  ]);
}
