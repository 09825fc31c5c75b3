import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";

const SCRIPTS = fileURLToPath(new URL(".", import.meta.url));
/** Stands in for npx: writes down how it was called, takes its time, and fails when it is told to. */
const NPX = `#!/bin/sh
echo "$@" >> "$CALLS"
env | grep -i -E '^(npm_|CI=)' | sort >> "$CALLS"
echo "progress of the install"
sleep \${NPX_SECONDS:-0}
exit \${NPX_EXIT:-0}
`;

let root: string;
let calls: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bootstrap-"));
  calls = join(root, "calls");
  await cp(join(SCRIPTS, "bootstrap.mjs"), join(root, "scripts/bootstrap.mjs"));
  await cp(join(SCRIPTS, "exit-with-parent.mjs"), join(root, "scripts/exit-with-parent.mjs"));
  await writeFile(join(root, "package.json"), JSON.stringify({ packageManager: "pnpm@12.0.0", type: "module" }));
  await writeFile(join(root, "pnpm-lock.yaml"), "one");
  await writeFile(join(root, "pnpm-workspace.yaml"), "");
  await writeFile(join(root, "target.ts"), "console.log(JSON.stringify(process.argv.slice(2) satisfies string[]));");
  await mkdir(join(root, "bin"));
  await writeFile(join(root, "bin/npx"), NPX);
  await chmod(join(root, "bin/npx"), 0o755);
});

afterEach(() => rm(root, { recursive: true, force: true }));

test("installs once with the pinned package manager, and is silent from then on", async () => {
  const first = await start(["target.ts", "--flag", "two words"]);
  expect(await callsMade()).toEqual(["-y pnpm@12.0.0 install --frozen-lockfile", "CI=true"]);
  expect(first).toMatchObject({ stdout: '["--flag","two words"]', exitCode: 0 });
  const second = await start(["target.ts"]);
  expect(await callsMade()).toHaveLength(2);
  expect(second).toMatchObject({ stdout: "[]", stderr: "", exitCode: 0 });
});

test("keeps what the install prints away from the script's own output", async () => {
  const { stdout, stderr } = await start(["target.ts"]);
  expect(stdout).toBe("[]");
  expect(stderr).toContain("progress of the install");
});

test("installs again when the lockfile changed", async () => {
  await start(["target.ts"]);
  await writeFile(join(root, "pnpm-lock.yaml"), "two");
  await start(["target.ts"]);
  expect((await callsMade()).filter((line) => line.startsWith("-y"))).toHaveLength(2);
});

test("two commands at the same time install once", async () => {
  const slowly = { NPX_SECONDS: "1" };
  await Promise.all([start(["target.ts"], slowly), start(["target.ts"], slowly)]);
  expect((await callsMade()).filter((line) => line.startsWith("-y"))).toHaveLength(1);
});

test("takes over from an install whose process is gone", async () => {
  await mkdir(join(root, "node_modules"));
  await writeFile(join(root, "node_modules/.switchboard-installing"), "999999999");
  expect((await start(["target.ts"])).exitCode).toBe(0);
});

test("strips the variables of the npm that started it, and keeps what the machine is configured with", async () => {
  await start(["target.ts"], {
    npm_lifecycle_script: "x",
    npm_config_local_prefix: "/x",
    npm_config_registry: "http://r.test",
  });
  expect(await callsMade()).toEqual([expect.stringContaining("-y"), "CI=true", "npm_config_registry=http://r.test"]);
});

test("an install that fails ends with a sentence and its exit code, and is tried again next time", async () => {
  const failed = await start(["target.ts"], { NPX_EXIT: "7" });
  expect(failed).toMatchObject({ stdout: "", exitCode: 7 });
  expect(failed.stderr).toContain("The dependencies could not be installed (exit code 7).");
  expect((await start(["target.ts"])).exitCode).toBe(0);
});

test("runs the script in the project's folder under the project's own Node, its tools first on the PATH", async () => {
  await mkdir(join(root, "node_modules/node/bin"), { recursive: true });
  await symlink(process.execPath, join(root, "node_modules/node/bin/node"));
  await writeFile(join(root, "target.ts"), "console.log(process.argv0, process.cwd(), process.env.PATH);");
  const { stdout } = await start(["target.ts"]);
  const [program, folder, path = ""] = stdout.split(" ");
  expect([program, folder]).toEqual([join(root, "node_modules/node/bin/node"), root]);
  expect(path.split(delimiter)[0]).toBe(join(root, "node_modules/.bin"));
});

test("passes the exit code on", async () => {
  await writeFile(join(root, "target.ts"), "process.exitCode = 42;");
  expect((await start(["target.ts"])).exitCode).toBe(42);
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "passes %s on, waits for the script, and leaves nothing behind",
  async (signal) => {
    const program = `process.once("${signal}", () => { console.log("stopping"); clearInterval(timer); process.exitCode = 3; });
    const timer = setInterval(() => {}, 1000);
    console.log("ready");`;
    await writeFile(join(root, "target.ts"), program);
    const running = start(["target.ts"]);
    for await (const line of running) {
      if (line === "ready") {
        running.kill(signal);
      }
    }
    expect(await running).toMatchObject({ exitCode: 3 });
  },
);

test("a script whose bootstrap was killed ends too", async () => {
  const program = `const timer = setInterval(() => {}, 1000);
    process.once("SIGTERM", () => { console.log("told to stop"); clearInterval(timer); });
    console.log("ready");`;
  await writeFile(join(root, "target.ts"), program);
  const running = start(["target.ts"]);
  const lines: string[] = [];
  // The pipe stays open as long as the script lives, so the loop ends with it.
  await (async () => {
    for await (const line of running) {
      lines.push(line);
      if (line === "ready") {
        running.kill("SIGKILL");
      }
    }
  })().catch(() => undefined);
  expect(lines).toEqual(["ready", "told to stop"]);
});

test("settings in .env reach the product and not its tests", async () => {
  await writeFile(join(root, ".env"), "API_PORT=1234\n");
  await writeFile(join(root, "target.ts"), "console.log(process.env.API_PORT);");
  await cp(join(root, "target.ts"), join(root, "scripts/test.ts"));
  expect((await start(["target.ts"])).stdout).toBe("1234");
  expect((await start(["scripts/test.ts"])).stdout).toBe("undefined");
});

function start(args: string[], env: Record<string, string> = {}) {
  const path = [join(root, "bin"), "/usr/bin", "/bin"].join(delimiter);
  return execa(process.execPath, [join(root, "scripts/bootstrap.mjs"), ...args], {
    cwd: tmpdir(),
    env: { PATH: path, CALLS: calls, ...env },
    extendEnv: false,
    reject: false,
  });
}

async function callsMade(): Promise<string[]> {
  return (await readFile(calls, "utf8")).trim().split("\n");
}
