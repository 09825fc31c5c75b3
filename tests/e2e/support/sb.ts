import { fileURLToPath } from "node:url";
import { execa } from "execa";

const PROGRAM = fileURLToPath(new URL("../../../sdk/client/src/cli/main.ts", import.meta.url));

/** Runs the command line with `--json` in a process of its own and returns its document. @throws when it fails */
export async function runSb(args: readonly string[], env: Record<string, string>, input = ""): Promise<unknown> {
  const { stdout } = await execa(process.execPath, [PROGRAM, "--json", ...args], {
    env: { PATH: process.env.PATH ?? "", ...env },
    extendEnv: false,
    input,
  });
  return JSON.parse(stdout);
}
