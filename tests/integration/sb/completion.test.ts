import { chmod, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSbTest, type SbTest, signInOwner } from "./support.ts";

const MAIN = fileURLToPath(new URL("../../../sdk/client/src/cli/main.ts", import.meta.url));
let sb: SbTest;
let token: string;

beforeAll(async () => {
  sb = await createSbTest();
  const team = await signInOwner(sb);
  token = team.owner.token;
  for (const name of ["Reception", "Front desk", "Rosa's"]) await team.json(["bots", "create", name]);
});
afterAll(() => sb.dispose());

/** Candidates for a line in which the cursor stands at the end, as zsh is told them. */
async function candidates(line: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  const result = await sb.sb(["__complete", "zsh", ...line], { env: { SB_TOKEN: token, ...env } });
  expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  return result.stdout.split("\n").slice(0, -1);
}

describe("candidates", () => {
  it.each([
    ["commands", ["ev"], ["events"]],
    ["commands of a group", ["bots", "re"], ["rename", "restart"]],
    ["commands behind an option of all commands", ["--json", "bots", "li"], ["list"]],
    ["options", ["blocks", "add", "x", "y", "--re"], ["--reason", "--replace"]],
    ["options of all commands", ["whoami", "--u"], ["--url"]],
    ["words of a closed list", ["calls", "list", "x", "--kind", ""], ["voice", "video", "group"]],
    ["words behind an equals sign", ["calls", "list", "x", "--kind=vi"], ["--kind=video"]],
    [
      "the last part of a list",
      ["keys", "create", "x", "--scopes", "bots:read,calls:"],
      ["bots:read,calls:read", "bots:read,calls:write"],
    ],
    ["arguments of a closed list", ["completion", ""], ["bash", "zsh"]],
    ["names of bots", ["bots", "show", ""], ["Front desk", "Reception", "Rosa's"]],
    ["names of bots in a list", ["keys", "create", "x", "--bots", "Reception,F"], ["Reception,Front desk"]],
    ["nothing where anything may stand", ["bots", "create", ""], []],
    ["nothing for the value of an option without a list", ["calls", "list", "x", "--from", ""], []],
  ])("are %s", async (_name, line, expected) => {
    expect((await candidates(line)).sort()).toEqual([...expected].sort());
  });

  it("are those that need no api where nobody is signed in", async () => {
    expect(await candidates(["bots", "show", ""], { SB_TOKEN: "" })).toEqual([]);
    expect(await candidates(["bots", "sho"], { SB_TOKEN: "" })).toEqual(["show"]);
  });
});

describe("in bash", () => {
  /** What bash puts at the cursor, which stands at the end of the line. */
  async function complete(line: string): Promise<string[]> {
    const bin = join(sb.home, "sb");
    await writeFile(bin, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
    await chmod(bin, 0o755);
    // Bash itself takes words apart at COMP_WORDBREAKS before it asks; only the first and the line matter here.
    const script = `source <(sb completion bash)
      COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDS=(sb)
      _sb_complete
      printf '%s\\n' "\${COMPREPLY[@]}"
      complete -p sb >&2`;
    const path = [sb.home, process.env.PATH ?? ""].join(delimiter);
    const env = { ...sb.env, SB_TOKEN: token, PATH: path };
    const { stdout, stderr } = await execa("bash", ["--norc", "-c", script, "bash", line], {
      env,
      extendEnv: false,
      stdin: "ignore",
    });
    expect(stderr).toBe("complete -F _sb_complete sb");
    return stdout.split("\n");
  }

  it("are quoted where they must be", async () => {
    expect((await complete("sb bots show ")).sort()).toEqual(["Front\\ desk", "Reception", "Rosa\\'s"]);
    expect(await complete("sb bots show Front\\ d")).toEqual(["Front\\ desk"]);
    expect(await complete('sb bots show "Front d')).toEqual(["Front desk"]);
  });

  it("are cut where bash takes words apart", async () => {
    expect(await complete("sb keys create x --scopes bots:read,calls:w")).toEqual(["write"]);
    expect(await complete("sb calls list x --kind=vi")).toEqual(["video"]);
  });
});

it("refuses a shell it has no script for", async () => {
  const result = await sb.sb(["completion", "fish"]);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain("bash, zsh");
});
