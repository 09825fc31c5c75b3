import { parseSettings, SettingsError } from "@switchboard/core/config/parse-settings";
import { noRequest } from "@switchboard/core/context";
import { ServiceError } from "@switchboard/core/errors";
import { requestPasswordResetOnServer } from "@switchboard/core/services/identity/password-resets/request-password-reset-on-server";
import { WrongMasterKeyError } from "@switchboard/core/services/system/load-keyring";
import { MasterKeyError } from "@switchboard/host/master-key-file";
import { openInstallation } from "@switchboard/host/open-installation";
import { createPasswords } from "./deps/passwords.ts";
import { readEnvironment } from "./env.ts";

/**
 * `npm run reset-password -- <e-mail>`: prints a code with which the person sets a new password, once, within a day. For
 * who runs the server: it asks for nothing but the database and the master key. Exit code 1 with a sentence when it fails.
 */
async function main(email: string | undefined): Promise<void> {
  if (!email) throw new UsageError("Usage: npm run reset-password -- <e-mail address>");
  const installation = await openInstallation(parseSettings(readEnvironment()));
  try {
    const actor = { kind: "system", name: "reset-password" } as const;
    const ctx = { ...installation, passwords: createPasswords(), actor, request: noRequest };
    const { code, expiresAt } = await requestPasswordResetOnServer(ctx, { email });
    process.stdout.write(
      [
        `Code: ${code}`,
        `It works once, until ${expiresAt}. The new password ends every sign-in and token of ${email}.`,
        `From a terminal: sb password reset`,
        `By hand: POST ${ctx.settings.publicUrl}/api/password-reset {"code": "...", "newPassword": "..."}`,
        "",
      ].join("\n"),
    );
  } finally {
    await installation.db.close();
  }
}

class UsageError extends Error {}

/** Mistakes of whoever runs it are told in a sentence; everything else with its stack. */
function explain(err: unknown): string {
  if (!(err instanceof Error)) return "The password was not reset.";
  const isTheirs = [UsageError, ServiceError, SettingsError, MasterKeyError, WrongMasterKeyError].some(
    (kind) => err instanceof kind,
  );
  return isTheirs ? err.message : (err.stack ?? err.message);
}

try {
  await main(process.argv[2]);
} catch (err) {
  process.stderr.write(`${explain(err)}\n`);
  process.exitCode = 1;
}
