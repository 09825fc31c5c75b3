import { type BotId, events, whatsappCalls } from "@switchboard/db/schema";
import { and, asc, eq, sql } from "drizzle-orm";
import type { ServiceContext } from "../context.ts";
import type { EventType } from "../domain/vocabulary.ts";
import type { CallScreening, IncomingCall } from "../services/calls/incoming-call.ts";
import { screenCall } from "../services/calls/screen-call.ts";
import { addBot, addTeam, holdBot, setScreening, type TestLease, uniqueNumber, workerContext } from "./factories.ts";
import type { TestContext } from "./test-context.ts";

/** A bot that screens, its owner, and the lease of the worker that holds it. */
export interface ScreeningBot {
  readonly botId: BotId;
  readonly owner: Awaited<ReturnType<typeof addTeam>>;
  readonly lease: TestLease;
}

/** A team of its own with a bot that screens as `settings` say (limit 3 a day, a text) and a worker that holds it. */
export async function addScreeningBot(
  test: TestContext,
  settings: Parameters<typeof setScreening>[2] = {},
): Promise<ScreeningBot> {
  const owner = await addTeam(test);
  const botId = await addBot(test, owner);
  await setScreening(test, botId, { replyText: "Please write to us.", ...settings });
  return { botId, owner, lease: await holdBot(test, botId) };
}

/** Digits of a number nobody else of this process has. */
export const uniquePhoneNumber = (): string => `3460${String(uniqueNumber()).padStart(7, "0")}`;

/** A LID nobody else of this process has. */
export const uniqueLid = (): string => `9${String(uniqueNumber()).padStart(13, "0")}`;

/** A live voice offer with an id of its own, from a person with this number, received half a second after it began. */
export function callFromNumber(
  test: TestContext,
  phoneNumber: string,
  changes: Partial<IncomingCall> = {},
): IncomingCall {
  const receivedAtMs = test.clock.nowMs();
  return {
    callId: `CALL${uniqueNumber()}`,
    callFrom: `${phoneNumber}:3@s.whatsapp.net`,
    kind: "voice",
    isVideo: false,
    isOffline: false,
    startedAtMs: receivedAtMs - 500,
    receivedAtMs,
    phase: "offer",
    ...changes,
  };
}

/** The same from a LID; the number is told only where `changes` tell it. */
export const callFromLid = (test: TestContext, lid: string, changes: Partial<IncomingCall> = {}): IncomingCall =>
  callFromNumber(test, "", { callFrom: `${lid}@lid`, ...changes });

/** Screens one call a second after the last. */
export function screen(
  test: TestContext,
  bot: ScreeningBot,
  call: IncomingCall,
  changes: Partial<ServiceContext> = {},
): Promise<CallScreening> {
  return screenCall(workerContext(test, changes), { lease: bot.lease, call });
}

/** Screens calls of one number, a minute apart, and answers what became of them. */
export async function screenSeveral(
  test: TestContext,
  bot: ScreeningBot,
  phoneNumber: string,
  count: number,
): Promise<CallScreening[]> {
  const screened: CallScreening[] = [];
  for (let index = 0; index < count; index++) {
    test.clock.advanceMs(60_000);
    screened.push(await screen(test, bot, callFromNumber(test, phoneNumber)));
  }
  return screened;
}

/** The events of a bot in their order, of one type where it is given. */
export const eventsOf = (test: Pick<TestContext, "db">, botId: BotId, type?: EventType) =>
  test.db.reader
    .select()
    .from(events)
    .where(and(eq(events.botId, botId), type === undefined ? undefined : eq(events.type, type)))
    .orderBy(asc(events.sequence));

/** The call rows of a bot in the order they were written: ids of one millisecond have no order of their own. */
export const callRowsOf = (test: Pick<TestContext, "db">, botId: BotId) =>
  test.db.reader.select().from(whatsappCalls).where(eq(whatsappCalls.botId, botId)).orderBy(sql`rowid`);
