import { execFile } from "node:child_process";
import { appendFile, cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { requireFromHere } from "./client-sources.ts";

const BAILEYS = "node_modules/@whiskeysockets/baileys";
const LIBSIGNAL = "node_modules/libsignal";
const here = dirname(fileURLToPath(import.meta.url));

/**
 * A project with the repairs and a Baileys of the pinned version whose libsignal is a copy that may be changed; installs the
 * repairs and returns stderr.
 */
async function installOver(change: (project: string) => Promise<void>): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), "repairs-"));
  const baileys = join(project, BAILEYS);
  await mkdir(join(baileys, "lib"), { recursive: true });
  await writeFile(join(baileys, "lib/index.js"), "");
  const manifest = { name: "@whiskeysockets/baileys", version: "7.0.0-rc14", type: "module", main: "lib/index.js" };
  await writeFile(join(baileys, "package.json"), JSON.stringify(manifest));
  await copyLibsignal(join(project, LIBSIGNAL));
  await cp(here, join(project, "repairs"), { recursive: true });
  await writeFile(join(project, "package.json"), '{ "type": "module" }');
  await change(project);
  // The test runner's own packages are no part of the project.
  const env = { NODE_PATH: "" };
  const install = promisify(execFile)(process.execPath, [join(project, "repairs", "install.ts")], { env });
  return install.then(
    () => "",
    (error: { stderr: string }) => error.stderr,
  );
}

const copyLibsignal = (folder: string): Promise<void> =>
  cp(dirname(requireFromHere.resolve("libsignal/package.json")), folder, { recursive: true });

const renameVersion = async (manifest: string, from: string, to: string): Promise<void> =>
  writeFile(manifest, (await readFile(manifest, "utf8")).replace(`"${from}"`, `"${to}"`));

describe("pinned client", () => {
  it("refuses another version of libsignal", async () => {
    const stderr = await installOver((project) =>
      renameVersion(join(project, LIBSIGNAL, "package.json"), "6.0.0", "6.0.1"),
    );
    expect(stderr).toContain("RepairError: libsignal is 6.0.1");
  });

  it("refuses another version of Baileys, and says which it takes", async () => {
    const stderr = await installOver((project) =>
      renameVersion(join(project, BAILEYS, "package.json"), "7.0.0-rc14", "7.0.0-rc13"),
    );
    expect(stderr).toContain("RepairError: Baileys is 7.0.0-rc13, the repairs are for 7.0.0-rc14");
  });

  it("says so where Baileys is not installed", async () => {
    const stderr = await installOver((project) => rm(join(project, BAILEYS), { recursive: true }));
    expect(stderr).toContain("RepairError: @whiskeysockets/baileys 7.0.0-rc14 must be installed");
  });

  it("refuses a file that was changed under the same version", async () => {
    const stderr = await installOver((project) =>
      appendFile(join(project, LIBSIGNAL, "src", "session_cipher.js"), "\n"),
    );
    expect(stderr).toContain("RepairError: libsignal/src/session_cipher.js is not the pinned file");
  });

  it("repairs the copy that Baileys loads, whatever other copy the program has", async () => {
    const stderr = await installOver(async (project) => {
      const baileys = await realpath(join(dirname(requireFromHere.resolve("@whiskeysockets/baileys")), ".."));
      await rm(join(project, BAILEYS), { recursive: true });
      await symlink(baileys, join(project, BAILEYS));
      await renameVersion(join(project, LIBSIGNAL, "package.json"), "6.0.0", "6.0.1");
    });
    expect(stderr).toBe("");
  });
});
