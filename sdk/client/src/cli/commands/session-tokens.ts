import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { addPageOptions, noteMore, type PageOptions } from "../pages.ts";
import type { Session } from "../session.ts";
import { showSecret } from "../show-secret.ts";
import type { Start } from "../start.ts";

/** session-tokens list, issue, revoke. */
export function addSessionTokensCommands(program: Command, start: Start): void {
  const tokens = program
    .command("session-tokens")
    .description("tokens with which a service fetches a bot's session over REST");
  addPageOptions(tokens.command("list <bot>").description("the tokens, the newest first"), "tokens").action(
    (bot: string, options: PageOptions) => start((session) => list(session, bot, options)),
  );
  tokens
    .command("issue <bot>")
    .description("make a token; it is shown once")
    .option("--lifetime <time>", "seconds, or for example 15m, 24h or 7d; an hour unless given")
    .action((bot: string, options: { lifetime?: string }) => start((session) => issue(session, bot, options.lifetime)));
  tokens
    .command("revoke <bot> <token>")
    .description("end a token for good, by its id (tok_…)")
    .action((bot: string, token: string) => start((session) => revoke(session, bot, token)));
  addExamples(tokens, [
    ["sb session-tokens issue reception --lifetime 24h", "for a service that runs for a day"],
    ["sb session-tokens list reception", "who holds one, and until when"],
  ]);
}

async function list(session: Session, idOrName: string, options: PageOptions): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const page = await client.sessions.tokens.list.query({ botId: bot.id, ...options });
  session.output.result(page, (output) => {
    output.table(
      ["ID", "STATUS", "HOLDER", "ISSUED", "EXPIRES", "LAST USED"],
      page.items.map((token) => [
        token.id,
        token.status,
        token.subject,
        token.issuedAt,
        token.expiresAt,
        token.lastUsedAt,
      ]),
      "There are no session tokens.",
    );
    noteMore(output, page);
  });
}

async function issue(session: Session, idOrName: string, lifetime: string | undefined): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const expiresIn = lifetime !== undefined && /^\d+$/.test(lifetime) ? Number(lifetime) : lifetime;
  const input = expiresIn === undefined ? {} : { expiresIn };
  const issued = await client.sessions.tokens.issue.mutate({ botId: bot.id, ...input });
  showSecret(session, issued, `Session token of ${bot.name}, good until ${issued.expiresAt}`, issued.token);
}

async function revoke(session: Session, idOrName: string, tokenId: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  await client.sessions.tokens.revoke.mutate({ botId: bot.id, tokenId });
  session.output.result({ revoked: tokenId }, (output) =>
    output.line(`${tokenId} is revoked: its next request is refused.`),
  );
}
