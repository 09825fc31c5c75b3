import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import { addPasswordOption, type PasswordOptions, readNewPassword, readPassword } from "../passwords.ts";
import { askHidden } from "../prompt.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

interface ChangeOptions extends PasswordOptions {
  readonly endTokens?: true;
}

interface ResetOptions extends PasswordOptions {
  readonly code?: string;
}

/** password change, reset, confirm. */
export function addPasswordCommands(program: Command, start: Start): void {
  const password = program.command("password").description("your password");
  addPasswordOption(password.command("change"), "the present password, and the new one on the next line,")
    .description("choose another one; your other browser sign-ins end")
    .option("--end-tokens", "end your other personal access tokens as well")
    .action((options: ChangeOptions) => start((session) => change(session, options)));
  addPasswordOption(password.command("reset"), "the new password")
    .description("set a new one with a code of `sb users reset-password`; all your sign-ins and tokens end")
    .option("--code <code>", "the code, instead of being asked for it")
    .action((options: ResetOptions) => start((session) => reset(session, options)));
  addPasswordOption(password.command("confirm"), "the password")
    .description("confirm it ahead of sensitive changes: none of the next 15 minutes asks for it")
    .action((options: PasswordOptions) => start((session) => confirm(session, options)));
  addExamples(password, [
    ["sb password change", "asks for the present and the new one"],
    ["sb password confirm --password-stdin < password.txt", "before a script that makes keys"],
  ]);
}

async function change(session: Session, options: ChangeOptions): Promise<void> {
  const currentPassword = await readPassword(session, options, "Present password: ");
  const newPassword = await readNewPassword(session, options);
  const endTokens = options.endTokens === true;
  const ended = await session.client().auth.changePassword.mutate({ currentPassword, newPassword, endTokens });
  session.output.result(ended, (output) =>
    output.line(`The password is changed. Ended: ${ended.signIns} browser sign-ins and ${ended.tokens} tokens.`),
  );
}

async function reset(session: Session, options: ResetOptions): Promise<void> {
  const code = options.code ?? (await askHidden(session.terminal, "Code: ", "--code"));
  const newPassword = await readNewPassword(session, options);
  await session.anonymousClient().auth.resetPassword.mutate({ code, newPassword });
  session.output.result({ reset: true }, (output) => output.line("The password is set. Sign in with `sb login`."));
}

async function confirm(session: Session, options: PasswordOptions): Promise<void> {
  const password = await readPassword(session, options);
  const done = await session.client().auth.confirmPassword.mutate({ password });
  session.output.result(done, (output) => output.line(`Confirmed until ${done.confirmedUntil}.`));
}
