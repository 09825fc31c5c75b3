import { audit } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TestAnswer, TestRequest } from "./support/test-app.ts";
import { createWorld, type World } from "./support/world.ts";

/** The origin of the test installation. */
const ORIGIN = "http://127.0.0.1:8787";
const PEER = "203.0.113.55";

let world: World;
beforeAll(async () => {
  world = await createWorld();
  // The auth library goes by the machine's clock.
  world.app.test.clock.setMs(Date.now());
});
afterAll(() => world.dispose());

const ask = (path: string, { headers, ...request }: TestRequest) =>
  world.app.request(path, { ...request, headers: { origin: ORIGIN, ...headers }, peer: PEER });

const rowsOf = ({ headers }: TestAnswer) =>
  world.app.test.db.reader
    .select()
    .from(audit)
    .where(eq(audit.requestId, headers.get("x-request-id") ?? ""));

it("a browser's sign-in, change of team and sign-out each leave a row, and the cookie is good no more", async () => {
  const signedIn = await ask("/api/auth/sign-in/email", { json: await world.addSignIn() });
  expect(signedIn.status).toBe(200);
  expect(await rowsOf(signedIn)).toMatchObject([{ action: "user.sign-in", outcome: "success", address: PEER }]);
  const cookie = (signedIn.headers.getSetCookie()[0] ?? "").split(";")[0] ?? "";
  const switched = await ask("/trpc/teams.switch", {
    json: { json: { teamId: world.owner.user.teamId } },
    headers: { cookie },
  });
  expect(switched.status).toBe(200);
  const own = { actorKind: "user", teamId: world.owner.user.teamId, objectKind: "sign-in", address: PEER };
  const [row, ...others] = await rowsOf(switched);
  expect([row, others]).toMatchObject([{ ...own, action: "user.switch-team", objectId: expect.any(String) }, []]);
  const signedOut = await ask("/api/auth/sign-out", { json: {}, headers: { cookie } });
  expect(signedOut.status).toBe(200);
  expect(signedOut.headers.getSetCookie().join()).toMatch(/Max-Age=0/i);
  expect(await rowsOf(signedOut)).toMatchObject([{ ...own, action: "user.end-sign-in", objectId: row?.objectId }]);
  expect((await ask("/trpc/auth.me", { headers: { cookie } })).status).toBe(401);
  expect((await ask("/api/auth/sign-out", { json: {}, headers: { cookie } })).status).toBe(200);
});
