import { sessionBytesMax, sessionRecordsMax } from "@switchboard/core/domain/session-size";
import { authRecords, rateLimits } from "@switchboard/db/schema";
import { sql } from "drizzle-orm";
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

/** So many records more, of so many bytes each, that nobody could open. */
const fill = (count: number, bytes: number) =>
  world.app.test.db.write((tx) =>
    tx.run(sql`insert into ${authRecords} (bot_id, type, record_key, version, epoch, data_key_id, ciphertext)
      with recursive numbers (number) as (select 1 union all select number + 1 from numbers where number < ${count})
      select ${held.botId}, 'pre-key', cast('record ' || number as blob), 1, 1, 1, zeroblob(${bytes}) from numbers`),
  );
const mapping = { "lid-mapping": { "34600000001": "123456789" } };

describe("the size of a session", () => {
  // The credentials are a record as well.
  it.each([
    ["records", sessionRecordsMax - 1, 1],
    ["bytes", 1, sessionBytesMax],
  ])("is bounded in %s: a batch that adds is refused, one that deletes is not", async (_what, count, bytes) => {
    await fill(count, bytes);
    const refused = await held.batch(1, { set: mapping });
    expect(refused).toMatchObject({ status: 422, body: { code: "validation-failed", errors: [{ path: "set" }] } });
    expect(refused.text).toContain("100000 records or 64 MB");
    expect((await held.batch(1, { set: { "pre-key": { "7": null } } })).status).toBe(200);
  });

  it("is not bounded below that", async () => {
    await fill(sessionRecordsMax - 2, 1);
    expect((await held.batch(1, { set: mapping })).status).toBe(200);
  });
});

describe("reading credentials by a lease", () => {
  const remaining = async (json: object) => {
    const { headers } = await held.read(json);
    return /"session";r=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1] ?? null;
  };

  it("counts as a reading of the session by its key; reading keys does not", async () => {
    const first = Number(await remaining({ creds: true }));
    expect(await remaining({ keys: { "pre-key": ["1"] } })).toBeNull();
    expect(Number(await remaining({ creds: true }))).toBe(first - 1);
  });

  it("is refused once the key's quota is used up, however much the holder has left", async () => {
    const key = `session:api-key:${held.key.id}`;
    const expiresAtMs = world.app.test.clock.nowMs() + 60_000;
    await world.app.test.db.write(async (tx) => {
      await tx.insert(rateLimits).values({ key, points: 1_000_000, expiresAtMs });
    });
    const refusal = { code: "rate-limited", "violated-policies": ["session"] };
    expect(await held.read({ creds: true })).toMatchObject({ status: 429, body: refusal });
    expect((await held.read({ keys: { "pre-key": ["1"] } })).status).toBe(200);
  });
});
