import { namedBotId } from "@switchboard/core/testing/named-ids";
import { type BotId, bots, callBlockingSettings, callers, custody, whatsappCalls } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { eq, getTableColumns } from "drizzle-orm";

const ROWS_PER_WRITE = 500;
const CALLERS = 2_000;
/** A call every 25 s: 10^5 of them are 29 days. */
const CALL_EVERY_MS = 25_000;

/** Adds copies of a bot that is there until its team has so many. */
export async function growBots(db: Database, botId: BotId, count: number): Promise<void> {
  const [first] = await db.reader.select().from(bots).where(eq(bots.id, botId));
  if (first === undefined) throw new Error("there is no bot to copy");
  for (let from = 1; from < count; from += ROWS_PER_WRITE)
    await db.write(async (tx) => {
      for (let index = from; index < Math.min(count, from + ROWS_PER_WRITE); index += 1) {
        const id = namedBotId(`bot_${String(index).padStart(26, "0")}`);
        await tx.insert(bots).values({ ...first, id, name: `Bot ${index}`, desiredState: "stopped" });
        await tx.insert(custody).values({ botId: id });
        const settings = { botId: id, teamId: first.teamId, timeZone: "UTC", updatedAtMs: 0, updatedBy: "bench" };
        await tx.insert(callBlockingSettings).values(settings);
      }
    });
}

/** Adds calls of many callers to a bot, one every 25 s up to now: three let through, then one turned away. */
export async function growCalls(db: Database, botId: BotId, count: number): Promise<void> {
  const [bot] = await db.reader.select().from(bots).where(eq(bots.id, botId));
  if (bot === undefined) throw new Error("there is no bot to call");
  const nowMs = Date.now();
  const owner = { botId, teamId: bot.teamId };
  await db.write(async (tx) => {
    for (let index = 0; index < CALLERS; index += 1)
      await tx.insert(callers).values({ ...callerOf(index), ...owner, firstSeenAtMs: 0, lastSeenAtMs: nowMs });
  });
  const columns = Object.keys(getTableColumns(whatsappCalls)).length;
  const perStatement = Math.floor(30_000 / columns);
  for (let from = 0; from < count; from += perStatement) {
    const rows = Array.from({ length: Math.min(perStatement, count - from) }, (_, offset) => {
      const index = from + offset;
      return { ...callRow(index), ...owner, ...timesOf(nowMs - (count - index) * CALL_EVERY_MS) };
    });
    await db.write(async (tx) => {
      await tx.insert(whatsappCalls).values(rows);
    });
  }
}

const callerOf = (index: number) => ({ id: `clr_bench${index}`, phoneNumber: `4916${String(index).padStart(8, "0")}` });

const timesOf = (atMs: number) => ({ startedAtMs: atMs, receivedAtMs: atMs, endedAtMs: atMs + 4_000 });

function callRow(index: number) {
  const { id, phoneNumber } = callerOf((index * 7_919) % CALLERS);
  const isAllowed = index % 4 !== 3;
  return {
    id: `call_${String(index).padStart(26, "0")}`,
    callId: index.toString(16).padStart(32, "0").toUpperCase(),
    callerId: id,
    callFrom: `${phoneNumber}@s.whatsapp.net`,
    kind: "voice" as const,
    ended: isAllowed ? ("missed" as const) : ("rejected-by-us" as const),
    outcome: isAllowed ? ("allowed" as const) : ("blocked" as const),
    reason: isAllowed ? ("default-ring" as const) : ("blocked-auto" as const),
    rejectStatus: isAllowed ? ("none" as const) : ("confirmed" as const),
    isCounted: isAllowed,
    trace: [],
  };
}
