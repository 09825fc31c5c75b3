import { latestEventSequence, readEvents } from "@switchboard/core/services/events/read-events";
import { registerWorker } from "@switchboard/core/services/fleet/register-worker";
import { addBot, apiKeyActor } from "@switchboard/core/testing/factories";
import { personalTokens, teamMembers } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { follow, stopFollowing } from "./follow.ts";
import { createTrpcTest, type SignedIn, type TrpcTest } from "./support.ts";

let api: TrpcTest;
let owner: SignedIn;
let member: SignedIn;
beforeAll(async () => {
  api = await createTrpcTest();
});
afterEach(stopFollowing);
afterAll(() => api.dispose());

/** A stream of an admin beside the owner, with one event seen. */
async function followAsAdmin() {
  owner = await api.addTeam();
  member = await api.addPerson(owner.person.teamId, "admin");
  const live = follow(member.client);
  expect((await live.next()).text).toBe("ready");
  await owner.client.bots.create.mutate({ name: "Seen" });
  expect((await live.next()).text).toBe("bot.state Seen");
  return live;
}

const ofMember = () => eq(teamMembers.userId, member.person.userId);

describe("an open stream ends, with nothing more on it, for", () => {
  it("somebody who left the team", async () => {
    const live = await followAsAdmin();
    await api.test.db.write(async (tx) => {
      await tx.delete(teamMembers).where(ofMember());
    });
    await owner.client.bots.create.mutate({ name: "Secret" });
    expect((await live.next()).text).toBe("error unauthenticated");
  });

  it("a token that was revoked", async () => {
    const live = await followAsAdmin();
    await api.test.db.write(async (tx) => {
      await tx.update(personalTokens).set({ revokedAtMs: 1 }).where(eq(personalTokens.userId, member.person.userId));
    });
    await owner.client.bots.create.mutate({ name: "Secret" });
    expect((await live.next()).text).toBe("error unauthenticated");
  });

  it("a token that signed itself out", async () => {
    const live = await followAsAdmin();
    await member.client.auth.signOut.mutate();
    await owner.client.bots.create.mutate({ name: "Secret" });
    expect((await live.next()).text).toBe("error unauthenticated");
  });
});

it("an open stream shows what the present role may see", async () => {
  const live = await followAsAdmin();
  await api.test.db.write(async (tx) => {
    await tx.update(teamMembers).set({ role: "viewer" }).where(ofMember());
  });
  await registerWorker(api.test.as({ kind: "system", name: "test" }), {
    workerId: "w",
    instanceId: "w-1",
    version: "1",
  });
  await owner.client.keys.create.mutate({ name: "Key", scopes: ["bots:read"] });
  await owner.client.bots.create.mutate({ name: "After" });
  expect((await live.next()).text).toBe("bot.state After");
});

it("events of a bot that a key is not for are not there for that key", async () => {
  owner = await api.addTeam();
  const { teamId } = owner.person;
  const [mine, other] = [await addBot(api.test, owner.person), await addBot(api.test, owner.person)];
  const afterSequence = (await latestEventSequence(api.test.as(owner.person))) - 2;
  const key = api.test.as(apiKeyActor(teamId, ["bots:read"], [mine]));
  const all = await readEvents(api.test.as(owner.person), { afterSequence, limit: 10 });
  expect(all.items.map(({ event }) => event.botId)).toEqual([mine, other]);
  const seen = await readEvents(key, { afterSequence, limit: 10 });
  expect(seen.items.map(({ event }) => event.botId)).toEqual([mine]);
  expect(seen.lastSequence).toBe(all.lastSequence);
});
