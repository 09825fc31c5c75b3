import { scopes } from "@switchboard/core/domain/vocabulary";
import { apiKeys, personalTokens } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { addKey } from "./credentials.ts";
import type { World } from "./world.ts";

/** Credentials of the world's team that stand for nobody any more, or never did, by what is wrong with them. */
export async function makeBadCredentials(world: World): Promise<Map<string, string>> {
  const {
    owner,
    app: { test },
  } = world;
  const made = new Map<string, string>();
  const long = test.clock.nowMs() - 1;
  const ends = { revoked: { revokedAtMs: long }, expired: { expiresAtMs: long }, disabled: { disabledAtMs: long } };
  for (const [name, change] of Object.entries(ends)) {
    const key = await addKey(test, owner, scopes);
    await test.db.write(async (tx) => {
      await tx.update(apiKeys).set(change).where(eq(apiKeys.id, key.id));
    });
    made.set(`${name} API key`, key.secret);
  }
  for (const [name, change] of Object.entries({ revoked: ends.revoked, expired: ends.expired })) {
    const token = await world.addToken();
    const publicId = token.slice("sb_pat_".length).split("_")[0] ?? "";
    await test.db.write(async (tx) => {
      await tx.update(personalTokens).set(change).where(eq(personalTokens.publicId, publicId));
    });
    made.set(`${name} personal access token`, token);
  }
  const good = (await addKey(test, owner, scopes)).secret;
  return made.set("mistyped API key", `${good.slice(0, -1)}${good.endsWith("0") ? "1" : "0"}`).set("no JWT", "a.b.c");
}
