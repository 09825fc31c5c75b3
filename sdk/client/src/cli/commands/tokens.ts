import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import { findUser } from "../find-user.ts";
import { addPageOptions, noteMore, type PageOptions } from "../pages.ts";
import { addConfirmOption, confirmed, type PasswordOptions } from "../passwords.ts";
import { readInteger } from "../read-options.ts";
import type { Session } from "../session.ts";
import { showSecret } from "../show-secret.ts";
import type { Start } from "../start.ts";

interface ListOptions extends PageOptions {
  readonly user?: string;
}

interface CreateOptions extends PasswordOptions {
  readonly days?: number;
}

/** tokens list, create, revoke: personal access tokens. */
export function addTokensCommands(program: Command, start: Start): void {
  const tokens = program
    .command("tokens")
    .description("personal access tokens, with which tools act as you; `sb login` makes one as well");
  addPageOptions(tokens.command("list").description("your tokens, the newest first"), "tokens")
    .option("--user <user>", "those of a member, by id, e-mail address or name; for admins")
    .action((options: ListOptions) => start((session) => list(session, options)));
  addConfirmOption(tokens.command("create <name>").description("make a token for a tool; it is shown once"))
    .option("--days <number>", "days it lives: 1 to 365, 90 unless given", (text) => readInteger("--days", text))
    .action((name: string, options: CreateOptions) => start((session) => create(session, name, options)));
  addConfirmOption(tokens.command("revoke <token>").description("end a token for good, by its id")).action(
    (token: string, options: PasswordOptions) => start((session) => revoke(session, token, options)),
  );
  addExamples(tokens, [
    ["sb tokens create 'nightly report' --days 30", "for a script; put it into SB_TOKEN there"],
    ["sb tokens list --user ada@example.org", "what a member holds"],
  ]);
}

async function list(session: Session, { user, ...options }: ListOptions): Promise<void> {
  const client = session.client();
  const whose = user === undefined ? {} : { userId: (await findUser(client, user)).id };
  const page = await client.tokens.list.query({ ...options, ...whose });
  session.output.result(page, (output) => {
    output.table(
      ["NAME", "STATUS", "THIS ONE", "MADE", "EXPIRES", "LAST USED", "FROM", "ID"],
      page.items.map((token) => [
        token.name,
        token.status,
        token.current,
        token.createdAt,
        token.expiresAt,
        token.lastUsedAt,
        token.lastUsedAddress,
        token.id,
      ]),
      "There are no personal access tokens.",
    );
    noteMore(output, page);
  });
}

async function create(session: Session, name: string, options: CreateOptions): Promise<void> {
  const input = options.days === undefined ? { name } : { name, expiresInDays: options.days };
  const token = await confirmed(session, options, () => session.client().tokens.create.mutate(input));
  showSecret(session, token, `Token ${token.name} (${token.id}), good until ${token.expiresAt}`, token.token);
}

async function revoke(session: Session, tokenId: string, options: PasswordOptions): Promise<void> {
  const token = await confirmed(session, options, () => session.client().tokens.revoke.mutate({ tokenId }));
  session.output.result(token, (output) => output.line(`${tokenId} is revoked: its next request is refused.`));
}
