import type { BotId } from "@switchboard/db/schema";
import { openRecordStore } from "../services/auth-state/open-record-store.ts";
import { reportBot } from "../services/fleet/report-bot.ts";
import { holdBot, type TestLease, workerContext } from "./factories.ts";
import type { TestContext } from "./test-context.ts";

/** Bytes of a session that nobody may ever see outside an answer that is meant to hold them. */
export const SESSION_CANARY = "Q0FOQVJZLXNlc3Npb24tYnl0ZXM=";

/** Credentials of about the form a linked device has. */
const credentials = {
  noiseKey: { private: { type: "Buffer", data: SESSION_CANARY }, public: { type: "Buffer", data: "AAAA" } },
  me: { id: "34600000000:1@s.whatsapp.net", lid: "123456789:1@lid", name: "Front desk" },
  registrationId: 77,
  processedHistoryMessages: [{ key: "history" }],
};

/** Links the bot: a worker holds it, has stored credentials and one key, and says so. Answers the worker's lease. */
export async function linkBot(test: TestContext, botId: BotId): Promise<TestLease> {
  const lease = await holdBot(test, botId);
  const ctx = workerContext(test);
  await openRecordStore(ctx, lease, 0).commit({
    creds: JSON.stringify(credentials),
    records: [{ type: "pre-key", id: "1", value: JSON.stringify({ type: "Buffer", data: SESSION_CANARY }) }],
  });
  await reportBot(ctx, lease, { state: "online", reason: null, isLinked: true, phoneNumber: "34600000000" });
  return lease;
}
