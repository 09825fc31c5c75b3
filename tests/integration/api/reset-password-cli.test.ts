import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSettings } from "@switchboard/core/config/parse-settings";
import { noRequest, type ServiceContext } from "@switchboard/core/context";
import { completeSetup } from "@switchboard/core/services/identity/complete-setup";
import { resetPassword } from "@switchboard/core/services/identity/password-resets/reset-password";
import { setupSchema } from "@switchboard/core/services/identity/schemas";
import { signIn } from "@switchboard/core/services/identity/sign-in";
import { migrateDatabase } from "@switchboard/db/migrate";
import { audit } from "@switchboard/db/schema";
import { openInstallation } from "@switchboard/host/open-installation";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPasswords } from "../../../api/src/deps/passwords.ts";

// Each test starts a process from its sources, which on a busy machine takes a while.

const ENTRY = fileURLToPath(new URL("../../../api/src/reset-password-cli.ts", import.meta.url));
const EMAIL = "ada@example.org";
const NEW = "seven herons wait behind the mill";

let dataDir: string;
let ctx: ServiceContext;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "switchboard-reset-"));
  const settings = parseSettings({ DATA_DIR: dataDir });
  await migrateDatabase(settings.derived.databaseUrl);
  const installation = await openInstallation(settings);
  ctx = { ...installation, passwords: createPasswords(), actor: { kind: "anonymous" }, request: noRequest };
  const person = { code: "c", name: "Ada", email: EMAIL, password: "nine lanterns over the old harbour" };
  await completeSetup(ctx, setupSchema.parse(person), "c");
});
afterAll(async () => {
  await ctx.db.close();
  await rm(dataDir, { recursive: true });
});

const run = (...args: string[]) =>
  execa(process.execPath, [ENTRY, ...args], { env: { DATA_DIR: dataDir }, extendEnv: false, reject: false });

it("gives the only owner a way back in, in the name of the product", async () => {
  const { exitCode, stdout } = await run(EMAIL);
  expect(exitCode).toBe(0);
  const [code = ""] = /sb_rst_\w+/.exec(stdout) ?? [];
  await resetPassword(ctx, { code, newPassword: NEW });
  expect(await signIn(ctx, { email: EMAIL, password: NEW, tokenName: "t" })).toMatchObject({ role: "owner" });
  const rows = await ctx.db.reader.select().from(audit);
  expect(rows.find(({ action }) => action === "user.request-password-reset")).toMatchObject({
    actorKind: "system",
    actorId: "reset-password",
  });
});

it("tells in a sentence what is missing", async () => {
  expect(await run()).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringMatching(/^Usage: /) });
  const unknown = await run("eve@example.org");
  expect(unknown).toMatchObject({ exitCode: 1, stdout: "", stderr: "Nobody has this e-mail address here." });
});
