import { apiKeys } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { addTeam, justConfirmed } from "../../../testing/factories.ts";
import { createTestContext } from "../../../testing/test-context.ts";
import { createApiKey } from "./create-api-key.ts";
import { LIVE_KEYS_MAX } from "./internal.ts";
import { revokeApiKey } from "./revoke-api-key.ts";
import { rotateApiKey } from "./rotate-api-key.ts";
import { createApiKeySchema, rotateApiKeySchema } from "./schemas.ts";

it("a team has a thousand good API keys at most, by making or rotating; revoking one makes room", async () => {
  const test = await createTestContext();
  const owner = await addTeam(test);
  const ctx = () => test.as(justConfirmed(test, owner));
  const wish = createApiKeySchema.parse({ name: "key", scopes: ["bots:read"] });
  const first = await createApiKey(ctx(), wish);
  const [row] = await test.db.reader.select().from(apiKeys).where(eq(apiKeys.id, first.id));
  if (!row) throw new Error("the key was not stored");
  await test.db.write(async (tx) => {
    const copies = Array.from({ length: LIVE_KEYS_MAX - 1 }, (_, n) => ({ ...row, id: `key_${n}`, publicId: `p${n}` }));
    for (let done = 0; done < copies.length; done += 100)
      await tx.insert(apiKeys).values(copies.slice(done, done + 100));
  });
  const rotation = { keyId: first.id, ...rotateApiKeySchema.parse({ overlapSeconds: 60 }) };
  await expect(createApiKey(ctx(), wish)).rejects.toMatchObject({ code: "conflict" });
  await expect(rotateApiKey(ctx(), rotation)).rejects.toMatchObject({ code: "conflict" });
  const stranger = await addTeam(test);
  await createApiKey(test.as(justConfirmed(test, stranger)), wish);
  await revokeApiKey(ctx(), { keyId: first.id });
  await createApiKey(ctx(), wish);
  await test.dispose();
});
