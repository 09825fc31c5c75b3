import type { Command } from "commander";
import type { SwitchboardInputs } from "../../index.ts";
import { usageError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { findUser, type User } from "../find-user.ts";
import { roles, wordOption } from "../option-values.ts";
import { addPageOptions, noteMore, type PageOptions } from "../pages.ts";
import { addConfirmOption, addPasswordOption, confirmed, type PasswordOptions, readNewPassword } from "../passwords.ts";
import { ask } from "../prompt.ts";
import { checkedByApi } from "../read-options.ts";
import type { Session } from "../session.ts";
import { showSecret } from "../show-secret.ts";
import type { Start } from "../start.ts";

interface ListOptions extends PageOptions {
  readonly role?: string;
  readonly name?: string;
}

interface CreateOptions extends PasswordOptions {
  readonly name?: string;
  readonly role: string;
}

interface UpdateOptions extends PasswordOptions {
  readonly name?: string;
  readonly role?: string;
}

interface RemoveOptions extends PasswordOptions {
  readonly confirm?: string;
}

/** users list, show, create, update, remove, reset-password. */
export function addUsersCommands(program: Command, start: Start): void {
  const users = program.command("users").description("the people of the team; a person is named by id, e-mail or name");
  addPageOptions(users.command("list").description("every person and their role"), "people")
    .addOption(wordOption("--role <role>", "only those", roles))
    .option("--name <text>", "a part of the name or of the e-mail address")
    .action((options: ListOptions) => start((session) => list(session, options)));
  users
    .command("show <user>")
    .description("one person")
    .action((user: string) => start((session) => show(session, user)));
  addPasswordOption(users.command("create <email>"), "the new person's password, and yours on the next line,")
    .description("make a person with a password; to let them choose it see `sb invitations create`")
    .addOption(wordOption("--role <role>", "what they may do", roles).makeOptionMandatory())
    .option("--name <name>", "their name")
    .action((email: string, options: CreateOptions) => start((session) => create(session, email, options)));
  addConfirmOption(users.command("update <user>").description("change a person's role or name"))
    .addOption(wordOption("--role <role>", "what they may do", roles))
    .option("--name <name>", "their name")
    .action((user: string, options: UpdateOptions) => start((session) => update(session, user, options)));
  addConfirmOption(users.command("remove <user>").description("take a person out of the team, and end their access"))
    .option("--confirm <email>", "their e-mail address once more, instead of being asked for it")
    .action((user: string, options: RemoveOptions) => start((session) => remove(session, user, options)));
  addConfirmOption(users.command("reset-password <user>"))
    .description("make a code with which a person sets a new password; it is shown once")
    .action((user: string, options: PasswordOptions) => start((session) => resetPassword(session, user, options)));
  addExamples(users, [
    ["sb users list --role admin", "who may change everything"],
    ["sb users update bob@example.org --role viewer", "from the next request"],
    ["sb users reset-password bob@example.org", "give the code to Bob, who runs `sb password reset`"],
  ]);
}

async function list(session: Session, options: ListOptions): Promise<void> {
  const page = await session.client().users.list.query(checkedByApi<SwitchboardInputs["users"]["list"]>(options));
  session.output.result(page, (output) => {
    output.table(
      ["NAME", "E-MAIL", "ROLE", "JOINED", "LAST SIGN-IN", "TOKENS", "ID"],
      page.items.map((user) => [
        user.name,
        user.email,
        user.role,
        user.joinedAt,
        user.lastSignInAt,
        user.hasOpenTokens,
        user.id,
      ]),
      "There are no such people.",
    );
    noteMore(output, page);
  });
}

async function show(session: Session, text: string): Promise<void> {
  showUser(session, await findUser(session.client(), text));
}

async function create(session: Session, email: string, options: CreateOptions): Promise<void> {
  const name = options.name ?? (await ask(session.terminal, "Their name: ", "--name"));
  const password = await readNewPassword(session, options, "Their password: ");
  const input = checkedByApi<SwitchboardInputs["users"]["create"]>({ email, name, password, role: options.role });
  showUser(session, await confirmed(session, options, () => session.client().users.create.mutate(input)));
}

async function update(session: Session, text: string, options: UpdateOptions): Promise<void> {
  const { passwordStdin: _passwordStdin, ...changes } = options;
  if (Object.keys(changes).length === 0) throw usageError("Nothing is to change.", "Give --role or --name.");
  const client = session.client();
  const { id: userId } = await findUser(client, text);
  const input = checkedByApi<SwitchboardInputs["users"]["update"]>({ userId, changes });
  showUser(session, await confirmed(session, options, () => client.users.update.mutate(input)));
}

async function remove(session: Session, text: string, options: RemoveOptions): Promise<void> {
  const client = session.client();
  const user = await findUser(client, text);
  const question = `This takes ${user.name} out of the team. Type their e-mail address to go on: `;
  const given = options.confirm ?? (await ask(session.terminal, question, "--confirm"));
  if (given.toLowerCase() !== user.email)
    throw usageError(`The address is ${user.email}, not "${given}". Nobody was removed.`);
  await confirmed(session, options, () => client.users.remove.mutate({ userId: user.id }));
  session.output.result({ removed: user.id }, (output) => output.line(`${user.name} is not in the team any more.`));
}

async function resetPassword(session: Session, text: string, options: PasswordOptions): Promise<void> {
  const client = session.client();
  const user = await findUser(client, text);
  const reset = await confirmed(session, options, () => client.users.requestPasswordReset.mutate({ userId: user.id }));
  showSecret(
    session,
    reset,
    `With this ${user.name} can set a new password by "sb password reset" until ${reset.expiresAt}`,
    reset.code,
  );
}

function showUser(session: Session, user: User): void {
  session.output.result(user, (output) =>
    output.fields([
      ["Name", user.name],
      ["E-mail", user.email],
      ["Id", user.id],
      ["Role", user.role],
      ["Made", user.createdAt],
      ["Joined", user.joinedAt],
      ["Last sign-in", user.lastSignInAt],
      ["Holds tokens", user.hasOpenTokens],
    ]),
  );
}
