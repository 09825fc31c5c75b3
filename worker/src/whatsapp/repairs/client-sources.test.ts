import { execFile } from "node:child_process";
import { appendFile, cp, mkdir, mkdtemp, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { requireFromHere } from "./client-sources.ts";

const here = dirname(fileURLToPath(import.meta.url));

/** A project whose libsignal is a copy that may be changed, with the repairs in it; installs them and returns stderr. */
async function installOver(change: (libsignalFolder: string) => Promise<void>): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), "repairs-"));
  const libsignal = join(project, "node_modules", "libsignal");
  await cp(dirname(requireFromHere.resolve("libsignal/package.json")), libsignal, { recursive: true });
  await mkdir(join(project, "node_modules", "@whiskeysockets"));
  const baileys = await realpath(join(dirname(requireFromHere.resolve("@whiskeysockets/baileys")), ".."));
  await symlink(baileys, join(project, "node_modules", "@whiskeysockets", "baileys"));
  await cp(here, join(project, "repairs"), { recursive: true });
  await writeFile(join(project, "package.json"), '{ "type": "module" }');
  await change(libsignal);
  const install = promisify(execFile)(process.execPath, [join(project, "repairs", "install.ts")]);
  return install.then(
    () => "",
    (error: { stderr: string }) => error.stderr,
  );
}

describe("pinned client", () => {
  it("refuses another version", async () => {
    const stderr = await installOver(async (folder) => {
      const manifest = await readFile(join(folder, "package.json"), "utf8");
      await writeFile(join(folder, "package.json"), manifest.replace('"6.0.0"', '"6.0.1"'));
    });
    expect(stderr).toContain("RepairError: libsignal is 6.0.1");
  });

  it("refuses a file that was changed under the same version", async () => {
    const stderr = await installOver((folder) => appendFile(join(folder, "src", "session_cipher.js"), "\n"));
    expect(stderr).toContain("RepairError: libsignal/src/session_cipher.js is not the pinned file");
  });

  it("refuses to repair a copy that Baileys does not use", async () => {
    const stderr = await installOver(async () => undefined);
    expect(stderr).toContain("RepairError: Baileys loads another copy");
  });
});
