import { sessionTokens } from "@switchboard/db/schema";
import type { ScreeningBot } from "./calls.ts";
import type { TestContext } from "./test-context.ts";

/** Rows of session tokens by their ids and the time left to each; the one named `revoked` is revoked. */
export async function addTokenRows(
  test: TestContext,
  bot: Pick<ScreeningBot, "botId" | "owner">,
  lifeMsById: Readonly<Record<string, number>>,
): Promise<void> {
  const nowMs = test.clock.nowMs();
  const owner = { botId: bot.botId, teamId: bot.owner.teamId, subjectKind: "user", subjectId: "usr" } as const;
  const since = { issuedAtMs: nowMs, chainId: "chn", chainStartedAtMs: nowMs };
  const rows = Object.entries(lifeMsById).map(([id, lifeMs]) => ({
    id,
    ...owner,
    ...since,
    expiresAtMs: nowMs + lifeMs,
    revokedAtMs: id === "revoked" ? nowMs : null,
  }));
  await test.db.write(async (tx) => {
    await tx.insert(sessionTokens).values(rows);
  });
}
