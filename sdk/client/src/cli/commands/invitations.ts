import type { Command } from "commander";
import type { SwitchboardClient, SwitchboardInputs } from "../../index.ts";
import { addExamples } from "../examples.ts";
import { keepSignIn } from "../keep-sign-in.ts";
import { invitationStatuses, roles, wordOption } from "../option-values.ts";
import { addPageOptions, noteMore, type PageOptions } from "../pages.ts";
import {
  addConfirmOption,
  addPasswordOption,
  confirmed,
  type PasswordOptions,
  readNewPassword,
  readPassword,
} from "../passwords.ts";
import { askHidden } from "../prompt.ts";
import { checkedByApi, readInteger } from "../read-options.ts";
import type { Session } from "../session.ts";
import { showSecret } from "../show-secret.ts";
import type { Start } from "../start.ts";

interface ListOptions extends PageOptions {
  readonly status?: string;
}

interface CreateOptions extends PasswordOptions {
  readonly role: string;
  readonly hours?: number;
}

interface AcceptOptions extends PasswordOptions {
  readonly code?: string;
  readonly name?: string;
}

/** invitations list, create, revoke, accept. */
export function addInvitationsCommands(program: Command, start: Start): void {
  const invitations = program.command("invitations").description("ways into the team");
  addPageOptions(invitations.command("list").description("the invitations, the newest first"), "invitations")
    .addOption(wordOption("--status <status>", "open ones unless given", invitationStatuses))
    .action((options: ListOptions) => start((session) => list(session, options)));
  addConfirmOption(invitations.command("create <email>").description("invite somebody; the code is shown once"))
    .addOption(wordOption("--role <role>", "what they may do", roles).makeOptionMandatory())
    .option("--hours <number>", "how long it is good: 1 to 336, 72 unless given", (text) =>
      readInteger("--hours", text),
    )
    .action((email: string, options: CreateOptions) => start((session) => create(session, email, options)));
  invitations
    .command("revoke <invitation>")
    .description("take an invitation back, by its id")
    .action((invitation: string) => start((session) => revoke(session, invitation)));
  addPasswordOption(invitations.command("accept"), "your password")
    .description("join a team with the code of an invitation, as who is signed in or as somebody new")
    .option("--code <code>", "the code, instead of being asked for it")
    .option("--name <name>", "your name, if you have no account yet")
    .action((options: AcceptOptions) => start((session) => accept(session, options)));
  addExamples(invitations, [
    ["sb invitations create bob@example.org --role operator", "good for three days"],
    ["sb invitations accept --name Bob", "asks for the code and a new password"],
  ]);
}

async function list(session: Session, options: ListOptions): Promise<void> {
  const input = checkedByApi<SwitchboardInputs["invitations"]["list"]>(options);
  const page = await session.client().invitations.list.query(input);
  session.output.result(page, (output) => {
    output.table(
      ["E-MAIL", "ROLE", "STATUS", "MADE", "EXPIRES", "ID"],
      page.items.map((item) => [item.email, item.role, item.status, item.createdAt, item.expiresAt, item.id]),
      "There are no such invitations.",
    );
    noteMore(output, page);
  });
}

async function create(session: Session, email: string, options: CreateOptions): Promise<void> {
  const hours = options.hours === undefined ? {} : { expiresInHours: options.hours };
  const input = checkedByApi<SwitchboardInputs["invitations"]["create"]>({ email, role: options.role, ...hours });
  const made = await confirmed(session, options, () => session.client().invitations.create.mutate(input));
  showSecret(
    session,
    made,
    `Invitation of ${made.email} as ${made.role} for "sb invitations accept", good until ${made.expiresAt}`,
    made.code,
  );
}

async function revoke(session: Session, invitationId: string): Promise<void> {
  const invitation = await session.client().invitations.revoke.mutate({ invitationId });
  session.output.result(invitation, (output) => output.line(`The invitation of ${invitation.email} is taken back.`));
}

async function accept(session: Session, options: AcceptOptions): Promise<void> {
  const code = options.code ?? (await askHidden(session.terminal, "Code of the invitation: ", "--code"));
  const joined =
    session.tokenSource === null
      ? await acceptAs(session.anonymousClient(), { code, ...(await readWho(session, options)) })
      : await confirmed(session, options, () => acceptAs(session.client(), { code }));
  const { token, expiresAt } = joined;
  if (token !== null && expiresAt !== null)
    return keepSignIn(session, { ...joined, token, expiresAt }, "in the team and signed in");
  session.output.result(joined, (output) => output.line(`${joined.name} is in ${joined.teamName}.`));
}

const acceptAs = (client: SwitchboardClient, input: SwitchboardInputs["invitations"]["accept"]) =>
  client.invitations.accept.mutate(input);

/** Somebody new has a name and chooses a password; somebody known proves to be the one. */
async function readWho(session: Session, options: AcceptOptions) {
  const { name } = options;
  if (name === undefined) return { password: await readPassword(session, options) };
  return { name, password: await readNewPassword(session, options) };
}
