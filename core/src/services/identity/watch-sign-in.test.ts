import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Actor } from "../../context.ts";
import { addBrowserSignIn, addTeam, givePassword } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { confirmPassword } from "./passwords/confirm-password.ts";
import { signIn } from "./sign-in.ts";

const PASSWORD = "nine lanterns over the old harbour";
const WAIT_MS = 15 * 60_000;

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
let email: string;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  test.clock.advanceMs(WAIT_MS);
  owner = await addTeam(test);
  email = await givePassword(test, owner, PASSWORD);
});

const from = (address: string) => test.as({ kind: "anonymous" }, { request: { id: null, address, userAgent: null } });
const tryFrom = (address: string, wanted: string, password = "a guess") =>
  signIn(from(address), { email: wanted, password, tokenName: "t" });

it("a place that has used up its tries takes none of anybody's, so it locks nobody out", async () => {
  const address = "203.0.113.1";
  for (let count = 0; count < 50; count++)
    await expect(tryFrom(address, `nobody${count}@example.org`)).rejects.toMatchObject({ code: "unauthenticated" });
  for (let count = 0; count < 12; count++) {
    const policies = { details: { extra: { "violated-policies": ["sign-in-address"] } } };
    await expect(tryFrom(address, email)).rejects.toMatchObject({ code: "rate-limited", ...policies });
  }
  expect(await tryFrom("198.51.100.1", email, PASSWORD)).toMatchObject({ email });
});

it("addresses of one IPv6 network are one place", async () => {
  for (let count = 0; count < 50; count++) {
    const guess = tryFrom(`2001:db8:1:2::${count.toString(16)}`, `somebody${count}@example.org`);
    await expect(guess).rejects.toMatchObject({ code: "unauthenticated" });
  }
  await expect(tryFrom("2001:db8:1:2:ffff::1", email, PASSWORD)).rejects.toMatchObject({ code: "rate-limited" });
  expect(await tryFrom("2001:db8:1:3::1", email, PASSWORD)).toMatchObject({ email });
});

it("strangers cannot keep a person who is signed in from confirming the password", async () => {
  const browser = await addBrowserSignIn(test, owner);
  for (let count = 0; count < 10; count++)
    await expect(tryFrom("203.0.113.2", email)).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(tryFrom("203.0.113.2", email)).rejects.toMatchObject({ code: "rate-limited" });
  expect(await confirmPassword(test.as(browser), { password: PASSWORD })).toHaveProperty("confirmedUntil");
});

it("a right password that is confirmed gives back no try of a sign-in", async () => {
  const browser = await addBrowserSignIn(test, owner);
  for (let count = 0; count < 10; count++) {
    await expect(tryFrom("203.0.113.3", email)).rejects.toMatchObject({ code: "unauthenticated" });
    await confirmPassword(test.as(browser), { password: PASSWORD });
  }
  await expect(tryFrom("203.0.113.3", email, PASSWORD)).rejects.toMatchObject({ code: "rate-limited" });
});
