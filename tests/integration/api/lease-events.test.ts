import { handOver } from "@switchboard/core/services/custody/hand-over";
import { revokeLease } from "@switchboard/core/services/custody/revoke-lease";
import { custody, events } from "@switchboard/db/schema";
import { eq, max } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { HeldSession } from "./support/held-session.ts";
import { createWorld, type World } from "./support/world.ts";

let world: World;
let held: HeldSession;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.dispose());
beforeEach(async () => {
  held = await world.addHeldSession();
});

const owner = () => world.app.test.as(world.owner.user);
const follow = (headers: Record<string, string> = {}, bearer = held.token) =>
  world.app.request(`/api/bots/${held.botId}/session/lease/events`, { bearer, headers });

/** The messages of a stream that is over. */
const messagesOf = (text: string) =>
  text
    .split("\n\n")
    .filter((block) => block.includes("event: "))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
      return { id: Number(field("id")), event: field("event"), data: JSON.parse(field("data")) };
    });

describe("the events of a lease", () => {
  it("are server-sent events, which begin with their place and end with the lease", async () => {
    const [newest] = await world.app.test.db.reader.select({ sequence: max(events.sequence) }).from(events);
    const streamed = follow({ "last-event-id": String(newest?.sequence) });
    await handOver(owner(), { botId: held.botId, to: "workers" });
    await revokeLease(owner(), { botId: held.botId });
    const answer = await streamed;
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.text).toMatch(/^retry: 1000\nid: \d+\n\n/);
    const { leaseId } = held.lease;
    expect(messagesOf(answer.text)).toMatchObject([
      { event: "drain", data: { leaseId, drain: { to: "workers" } } },
      { event: "revoked", data: { leaseId, why: "revoked" } },
    ]);
    expect(answer.text).not.toContain(held.token);
  });

  it("go on after Last-Event-ID, and tell of an end that came meanwhile", async () => {
    await handOver(owner(), { botId: held.botId, to: "workers" });
    await revokeLease(owner(), { botId: held.botId });
    const all = messagesOf((await follow({ "last-event-id": "0" })).text);
    expect(all.map(({ event }) => event)).toEqual(["drain", "revoked"]);
    const rest = messagesOf((await follow({ "last-event-id": String(all[0]?.id) })).text);
    expect(rest).toEqual(all.slice(1));
  });

  it("end when the lease runs out", async () => {
    const expiresAtMs = 1;
    const streamed = follow({ "last-event-id": "0" });
    await world.app.test.db.write((tx) => tx.update(custody).set({ expiresAtMs }).where(eq(custody.botId, held.botId)));
    expect((await streamed).status).toBe(200);
    expect(await follow()).toMatchObject({ status: 409, body: { code: "lease-lost" } });
  });

  it("are two streams at once, by token or key, and another again when one has ended", async () => {
    const byKey = { key: held.key.secret };
    const path = `/api/bots/${held.botId}/session/lease/events`;
    const streams = [follow(), follow(), world.app.request(path, byKey)];
    const refused = await Promise.race(streams);
    expect(refused).toMatchObject({ status: 429, body: { code: "rate-limited" } });
    expect(refused.headers.get("retry-after")).toBe("10");
    await revokeLease(owner(), { botId: held.botId });
    const statuses = (await Promise.all(streams)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 200, 429]);
    for (let count = 0; count < 3; count += 1) expect((await follow()).status).toBe(409);
  });

  it("refuse a place that is none, and HEAD", async () => {
    expect(await follow({ "last-event-id": "x" })).toMatchObject({ status: 422 });
    const path = `/api/bots/${held.botId}/session/lease/events`;
    expect((await world.app.request(path, { method: "HEAD", bearer: held.token })).status).toBe(405);
  });
});
