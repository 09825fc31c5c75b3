import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { describeFailure } from "../../failure.ts";
import { failedError, usageError } from "../cli-error.ts";
import { forgetCredentials } from "../credentials.ts";
import { addExamples } from "../examples.ts";
import { keepSignIn, tokenName } from "../keep-sign-in.ts";
import { addPasswordOption, type PasswordOptions, readNewPassword, readPassword } from "../passwords.ts";
import { ask } from "../prompt.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

interface SignInOptions extends PasswordOptions {
  readonly email?: string;
  readonly team?: string;
}

interface LogOutOptions {
  readonly everywhere?: true;
  readonly keepThis?: true;
}

interface SetupOptions extends SignInOptions {
  readonly name?: string;
  readonly code?: string;
}

/** setup, login, logout, whoami. */
export function addAccountCommands(program: Command, start: Start): void {
  const setup = addPasswordOption(program.command("setup"), "the password")
    .description("make the first admin and sign in; reads the setup code from DATA_DIR (./data)")
    .option("--email <address>", "e-mail address of the admin")
    .option("--name <name>", "name of the admin")
    .option("--team <name>", "name of the first team")
    .option("--code <code>", "setup code, instead of the one in DATA_DIR/setup-code")
    .action((options: SetupOptions) => start((session) => setUp(session, options)));
  const login = addPasswordOption(program.command("login"), "the password")
    .description("sign in and keep a personal access token")
    .option("--email <address>", "e-mail address")
    .option("--team <id>", "the team the token is for; the one you joined first unless given")
    .action((options: SignInOptions) => start((session) => logIn(session, options)));
  const logout = program
    .command("logout")
    .description("end the stored token for good and forget it")
    .option("--everywhere", "end all your browser sign-ins and tokens, in every team")
    .option("--keep-this", "with --everywhere: all but the token that asks")
    .action((options: LogOutOptions) => start((session) => logOut(session, options)));
  program
    .command("whoami")
    .description("who is signed in, and where")
    .action(() => start(showMe));
  addExamples(setup, [["sb setup --name Ada --email ada@example.org", "where Switchboard runs, once"]]);
  addExamples(logout, [
    ["sb logout", "this computer"],
    ["sb logout --everywhere", "after a laptop was lost"],
  ]);
  addExamples(login, [
    ["sb login --url https://bots.example.org", "asks for the address and the password"],
    ["sb login --email ada@example.org --password-stdin < password.txt", "without a terminal"],
  ]);
}

async function setUp(session: Session, options: SetupOptions): Promise<void> {
  warnOfClearText(session);
  const client = session.anonymousClient();
  if ((await client.setup.status.query()).setUp)
    throw failedError(`${session.url} already has its first admin.`, "Sign in with `sb login`.");
  const { terminal } = session;
  const code = options.code ?? (await readSetupCode(session));
  const name = options.name ?? (await ask(terminal, "Your name: ", "--name"));
  const email = options.email ?? (await ask(terminal, "E-mail address: ", "--email"));
  const password = await readNewPassword(session, options);
  const team = options.team === undefined ? {} : { teamName: options.team };
  const person = await client.setup.complete.mutate({ code, name, email, password, ...team });
  await keepSignIn(session, person, "set up and signed in");
}

async function logIn(session: Session, options: SignInOptions): Promise<void> {
  warnOfClearText(session);
  const email = options.email ?? (await ask(session.terminal, "E-mail address: ", "--email"));
  const password = await readPassword(session, options);
  const team = options.team === undefined ? {} : { teamId: options.team };
  const person = await session
    .anonymousClient()
    .auth.signIn.mutate({ email, password, tokenName: tokenName(), ...team });
  await keepSignIn(session, person, "signed in");
}

async function logOut(session: Session, { everywhere, keepThis }: LogOutOptions): Promise<void> {
  if (everywhere) return logOutEverywhere(session, keepThis === true);
  if (keepThis) throw usageError("--keep-this belongs to --everywhere.");
  const { stored, output, url } = session;
  if (stored === null || session.tokenSource !== "file") {
    const why = session.tokenSource === "SB_TOKEN" ? "SB_TOKEN is set: unset it." : `Nobody is signed in at ${url}.`;
    return output.result({ signedOut: false }, () => output.line(why));
  }
  const failure = await session
    .client()
    .auth.signOut.mutate()
    .then(() => null, describeFailure);
  await forgetCredentials(session.terminal.env);
  const isRevoked = failure === null || (failure.kind === "refused" && failure.code === "unauthenticated");
  output.result({ signedOut: true, tokenRevoked: isRevoked }, () => {
    output.line(`Signed out of ${url}.`);
    if (!isRevoked) output.progress(`The api could not be told: the token stays good until ${stored.expiresAt}.`);
  });
}

async function logOutEverywhere(session: Session, keepThis: boolean): Promise<void> {
  const ended = await session.client().auth.signOutEverywhere.mutate({ keepThis });
  if (!keepThis && session.tokenSource === "file") await forgetCredentials(session.terminal.env);
  session.output.result(ended, (output) =>
    output.line(`Ended ${ended.signIns} browser sign-ins and ${ended.tokens} personal access tokens.`),
  );
}

async function showMe(session: Session): Promise<void> {
  const { output, url, tokenSource } = session;
  const me = await session.client().auth.me.query();
  output.result({ ...me, url, tokenSource }, () =>
    output.fields([
      ["Name", me.name],
      ["E-mail", me.email],
      ["Team", `${me.teamName} (${me.teamId})`],
      ["Role", me.role],
      ["Scopes", me.scopes.join(",")],
      ["Other teams", me.teams.flatMap(({ id, name }) => (id === me.teamId ? [] : [`${name} (${id})`])).join(", ")],
      ["Api", url],
      ["Token from", tokenSource],
    ]),
  );
}

/** The code is printed at the first start and kept where the api keeps its data. */
async function readSetupCode({ terminal }: Session): Promise<string> {
  const file = join(terminal.env.DATA_DIR || "data", "setup-code");
  try {
    return (await readFile(file, "utf8")).trim();
  } catch {
    throw failedError(
      `The setup code cannot be read from ${file}.`,
      "Run this where Switchboard runs, set DATA_DIR to its data folder, or give the printed code with --code.",
    );
  }
}

function warnOfClearText({ url, output }: Session): void {
  const { protocol, hostname: host } = new URL(url);
  const isLoopback = host === "localhost" || host === "[::1]" || host.startsWith("127.");
  if (protocol === "http:" && !isLoopback)
    output.progress(`Note: ${url} is not encrypted. Your password and token can be read on the way.`);
}
