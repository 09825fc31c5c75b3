import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { reportBot } from "@switchboard/core/services/fleet/report-bot";
import { holdBot, workerContext } from "@switchboard/core/testing/factories";
import type { TestContext } from "@switchboard/core/testing/test-context";

/** Bytes nobody may ever see outside an answer that is meant to hold them. */
export const SESSION_CANARY = "Q0FOQVJZLXNlc3Npb24tYnl0ZXM=";

/** Credentials of about the size and form a linked device has. */
const credentials = {
  noiseKey: { private: { type: "Buffer", data: SESSION_CANARY }, public: { type: "Buffer", data: "AAAA" } },
  me: { id: "34600000000:1@s.whatsapp.net", lid: "123456789:1@lid", name: "Front desk" },
  registrationId: 77,
  processedHistoryMessages: [{ key: "history" }],
};

/** Links the bot: a worker holds it and has stored credentials and one key. */
export async function linkBot(test: TestContext, botId: string): Promise<void> {
  const lease = await holdBot(test, botId);
  const ctx = workerContext(test);
  await openRecordStore(ctx, lease, 0).commit({
    creds: JSON.stringify(credentials),
    records: [{ type: "pre-key", id: "1", value: JSON.stringify({ type: "Buffer", data: SESSION_CANARY }) }],
  });
  await reportBot(ctx, lease, { state: "online", reason: null, isLinked: true, phoneNumber: "34600000000" });
}
