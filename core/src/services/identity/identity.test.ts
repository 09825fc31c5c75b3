import { personalTokens, teamMembers } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { createTestContext } from "../../testing/test-context.ts";
import { authenticateCredential } from "./authenticate.ts";
import { completeSetup, isSetUp } from "./complete-setup.ts";
import { getMe } from "./get-me.ts";
import { setupSchema } from "./schemas.ts";
import { signIn } from "./sign-in.ts";
import { signOut } from "./sign-out.ts";

const DAY_MS = 86_400_000;
const PASSWORD = "a sentence is easy to remember";

describe("the first admin", () => {
  it("is made once, owns the first team, and signs in with the password", async () => {
    const fresh = await createTestContext();
    const ctx = fresh.as({ kind: "anonymous" });
    const person = setupSchema.parse({ code: "code", name: "Ada", email: "ADA@example.org", password: PASSWORD });
    expect(await isSetUp(ctx)).toBe(false);
    await expect(completeSetup(ctx, person, null)).rejects.toMatchObject({ code: "forbidden" });
    await expect(completeSetup(ctx, person, "other")).rejects.toMatchObject({ code: "forbidden" });
    const made = await completeSetup(ctx, person, "code");
    await expect(completeSetup(ctx, person, "code")).rejects.toMatchObject({ code: "already-set-up" });
    const signedIn = await signIn(ctx, { email: "ada@example.org", password: PASSWORD, tokenName: "laptop" });
    expect(signedIn).toMatchObject({ userId: made.userId, role: "owner" });
    await fresh.dispose();
  });
});

describe("a personal access token", () => {
  const signedIn = async () => {
    const fresh = await createTestContext();
    const ctx = fresh.as({ kind: "anonymous" });
    const person = setupSchema.parse({ code: "code", name: "Ada", email: "ada@example.org", password: PASSWORD });
    const { token, userId } = await completeSetup(ctx, person, "code");
    return { fresh, ctx, token, userId };
  };

  it("acts with the role its person has now, and not at all once they left the team", async () => {
    const { fresh, ctx, token, userId } = await signedIn();
    const isTheirs = eq(teamMembers.userId, userId);
    await fresh.db.write(async (tx) => {
      await tx.update(teamMembers).set({ role: "viewer" }).where(isTheirs);
    });
    const actor = await authenticateCredential(ctx, token);
    expect(actor).toMatchObject({ kind: "personal-access-token", role: "viewer" });
    expect((await getMe(fresh.as(actor))).scopes).not.toContain("bots:write");
    await fresh.db.write(async (tx) => {
      await tx.delete(teamMembers).where(isTheirs);
    });
    await expect(authenticateCredential(ctx, token)).rejects.toMatchObject({ code: "unauthenticated" });
    await fresh.dispose();
  });

  it("ends when it is signed out, and after ninety days", async () => {
    const { fresh, ctx, token } = await signedIn();
    const actor = await authenticateCredential(ctx, token);
    const second = await signIn(ctx, { email: "ada@example.org", password: PASSWORD, tokenName: "laptop" });
    await signOut(fresh.as(actor));
    await expect(authenticateCredential(ctx, token)).rejects.toMatchObject({ code: "unauthenticated" });
    fresh.clock.advanceMs(90 * DAY_MS);
    await expect(authenticateCredential(ctx, second.token)).rejects.toMatchObject({ code: "unauthenticated" });
    const rows = await fresh.db.reader.select().from(personalTokens);
    const ended = rows.filter(({ revokedAtMs }) => revokedAtMs !== null);
    expect(ended.map(({ id, revokedBy }) => revokedBy?.endsWith(`:${id}`))).toEqual([true]);
    expect(JSON.stringify(rows)).not.toContain(token.slice(20));
    await fresh.dispose();
  });

  it("is given for no wrong password, however the address is written, and successes do not use up the tries", async () => {
    const { fresh, ctx } = await signedIn();
    for (let count = 0; count < 20; count++)
      await signIn(ctx, { email: "ada@example.org", password: PASSWORD, tokenName: "t" });
    for (let count = 0; count < 10; count++) {
      const guess = signIn(ctx, { email: "ada@example.org", password: `guess ${count}`, tokenName: "t" });
      await expect(guess).rejects.toMatchObject({ code: "unauthenticated" });
    }
    const right = signIn(ctx, { email: "ada@example.org", password: PASSWORD, tokenName: "t" });
    await expect(right).rejects.toMatchObject({ code: "rate-limited" });
    await fresh.dispose();
  });
});
