import type { Command } from "commander";
import { describeFailure } from "../failure.ts";
import { usageError } from "./cli-error.ts";
import { askHidden, readLineFrom } from "./prompt.ts";
import type { Session } from "./session.ts";

/** Where passwords come from when no person types them. */
export interface PasswordOptions {
  readonly passwordStdin?: true;
}

const OPTION = "--password-stdin";

/** --password-stdin, for a command that needs passwords in any case; `lines` says which. */
export const addPasswordOption = (command: Command, lines: string): Command =>
  command.option(OPTION, `read ${lines} from standard input`);

/** --password-stdin, for a command before which the api may ask for one's password once more. */
export const addConfirmOption = (command: Command): Command =>
  command.option(OPTION, "should the api ask for your password again, read it from a line of standard input");

/** A password that exists. @throws CliError usage when nobody is there to ask */
export async function readPassword(
  { terminal }: Session,
  options: PasswordOptions,
  question = "Password: ",
): Promise<string> {
  return options.passwordStdin ? readLineFrom(terminal.stdin) : askHidden(terminal, question, OPTION);
}

/** A password to be, typed twice. @throws CliError usage when the two differ, or when nobody is there to ask */
export async function readNewPassword(
  session: Session,
  options: PasswordOptions,
  question = "New password: ",
): Promise<string> {
  const password = await readPassword(session, options, question);
  if (!options.passwordStdin && (await askHidden(session.terminal, "Once more: ", OPTION)) !== password)
    throw usageError("The two passwords differ.");
  return password;
}

/**
 * Does what may need a recent password: when the api asks for it, so does this, and the call is made once more.
 * @throws what the call throws; CliError usage when nobody is there to ask
 */
export async function confirmed<T>(session: Session, options: PasswordOptions, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (err) {
    const failure = describeFailure(err);
    const isAsked = failure?.kind === "refused" && failure.code === "confirmation-required";
    const canAnswer = options.passwordStdin || session.terminal.stdin.isTTY === true;
    if (!isAsked || !canAnswer) throw err;
  }
  const password = await readPassword(session, options, "This change is sensitive. Your password: ");
  await session.client().auth.confirmPassword.mutate({ password });
  return call();
}
