import { personalTokens } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Actor } from "../../../context.ts";
import { addTeam, givePassword, justConfirmed } from "../../../testing/factories.ts";
import { auditOf } from "../../../testing/records.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { authenticateCredential } from "../authenticate.ts";
import { signIn } from "../sign-in.ts";
import { createPersonalToken } from "./create-token.ts";
import { LIVE_TOKENS_MAX } from "./live-tokens.ts";

const PASSWORD = "nine lanterns over the old harbour";

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
let email: string;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  email = await givePassword(test, owner, PASSWORD);
});

const nobody = () => test.as({ kind: "anonymous" });
const signedIn = async () => (await signIn(nobody(), { email, password: PASSWORD, tokenName: "sb" })).token;
const make = async () => createPersonalToken(test.as(justConfirmed(test, owner)), { name: "made", expiresInDays: 90 });
/** So many tokens, each a millisecond younger than the one before. */
async function many(count: number, one: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done++) {
    await one();
    test.clock.advanceMs(1);
  }
}
const opens = (token: string) =>
  authenticateCredential(nobody(), token).then(
    () => true,
    () => false,
  );

it("a sign-in of who has fifty tokens ends the one of a sign-in used longest ago, and tells it in the audit", async () => {
  const made = await make();
  test.clock.advanceMs(1);
  const [used, unused] = [await signedIn(), await signedIn()];
  test.clock.advanceMs(1);
  await many(LIVE_TOKENS_MAX - 3, signedIn);
  expect(await opens(used)).toBe(true);
  const last = await signedIn();
  for (const token of [made.token, used, last]) expect(await opens(token)).toBe(true);
  expect(await opens(unused)).toBe(false);
  const rows = await test.db.reader.select().from(personalTokens).where(eq(personalTokens.userId, owner.userId));
  const ended = rows.filter((row) => row.revokedAtMs !== null);
  expect(ended).toMatchObject([{ revokedBy: `user:${owner.userId}` }]);
  expect((await auditOf(test, ended[0]?.id ?? "")).map(({ action }) => action)).toEqual(["personal-token.revoke"]);
});

it("nobody makes a fifty-first token; one that ended makes room", async () => {
  await many(LIVE_TOKENS_MAX, make);
  await expect(make()).rejects.toMatchObject({ code: "conflict" });
  expect(await opens(await signedIn())).toBe(true);
  test.clock.advanceMs(90 * 86_400_000);
  await make();
});
