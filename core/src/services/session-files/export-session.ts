import type { ServiceContext } from "../../context.ts";
import { isAuthRecordType } from "../../domain/auth-record-types.ts";
import { CREDENTIALS_FILE, sessionFileName } from "../../domain/session-files.ts";
import { ServiceError } from "../../errors.ts";
import { authorizeBot, requireRecentPassword } from "../access.ts";
import { type AuthStateCopy, readAuthState } from "../auth-state/read-auth-state.ts";
import { notPaired } from "../sessions/internal.ts";
import { noteDisclosure } from "../sessions/note-disclosure.ts";
import type { ExportedSession } from "./schemas.ts";

const NOTICE =
  "These files are the whole session in plain form: who has them is the linked device. Do not connect with them while Switchboard holds this bot: two connections of one device end each other for ever, and messages are lost. Stop the bot first, and do not start it here again afterwards.";

/**
 * The session as the files Baileys' `useMultiFileAuthState` reads, byte for byte what it would have written. For people who
 * gave their password lately and repeat the bot's name; a disclosure like any other, in audit and events as `export`.
 * @throws ServiceError not-found, scope-missing; forbidden for credentials that stand for no person; confirmation-required;
 *   confirm-mismatch; not-paired
 */
export async function exportSession(
  ctx: ServiceContext,
  input: { readonly botId: string; readonly confirm: string },
): Promise<ExportedSession> {
  const bot = await authorizeBot(ctx, input.botId, "session:read");
  requireRecentPassword(ctx);
  if (input.confirm !== bot.name)
    throw new ServiceError("confirm-mismatch", "Repeat the bot's name in `confirm` to take its session out.");
  if (!bot.isLinked) throw notPaired();
  const copy = await readAuthState(ctx, bot);
  if (copy.creds === null) throw notPaired();
  const { revision } = copy;
  await ctx.db.write((tx) =>
    noteDisclosure(tx, ctx, bot, { keyId: null, recipient: null, lease: null, revision, form: "export" }),
  );
  return { botId: bot.id, files: toFiles(copy.creds, copy), revision, notice: NOTICE };
}

function toFiles(creds: string, { keys }: AuthStateCopy): Record<string, unknown> {
  const files = Array.from(keys, ([type, values]) =>
    Array.from(values, ([id, value]): [string, unknown] => {
      if (!isAuthRecordType(type)) throw new Error("a stored record has a type that Baileys does not know");
      return [sessionFileName(type, id), JSON.parse(value)];
    }),
  );
  return Object.fromEntries([[CREDENTIALS_FILE, JSON.parse(creds)], ...files.flat()]);
}
