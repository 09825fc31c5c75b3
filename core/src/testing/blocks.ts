import { audit, type BotId } from "@switchboard/db/schema";
import { and, asc, eq } from "drizzle-orm";
import type { z } from "zod";
import type { Actor } from "../context.ts";
import { allowContact } from "../services/blocks/allow-contact.ts";
import { blockContact } from "../services/blocks/block-contact.ts";
import { allowContactSchema, blockContactSchema } from "../services/blocks/schemas.ts";
import type { ScreeningBot } from "./calls.ts";
import type { TestContext } from "./test-context.ts";

/** Blocks as a request would: the body goes through the schema. The bot's owner asks unless told otherwise. */
export const block = (
  test: TestContext,
  bot: Pick<ScreeningBot, "botId" | "owner">,
  body: z.input<typeof blockContactSchema>,
  actor: Actor = bot.owner,
) => blockContact(test.as(actor), { botId: bot.botId, ...blockContactSchema.parse(body) });

/** Allows as a request would; see {@link block}. */
export const allow = (
  test: TestContext,
  bot: Pick<ScreeningBot, "botId" | "owner">,
  body: z.input<typeof allowContactSchema>,
  actor: Actor = bot.owner,
) => allowContact(test.as(actor), { botId: bot.botId, ...allowContactSchema.parse(body) });

/** The audit rows of an object in their order. */
export const auditOf = (test: Pick<TestContext, "db">, botId: BotId, objectId: string) =>
  test.db.reader
    .select()
    .from(audit)
    .where(and(eq(audit.botId, botId), eq(audit.objectId, objectId)))
    .orderBy(asc(audit.sequence));
