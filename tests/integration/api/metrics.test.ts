import { readFile } from "node:fs/promises";
import { addRecipient } from "@switchboard/core/testing/recipients";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey } from "./support/credentials.ts";
import type { TestAnswer } from "./support/test-request.ts";
import { createWorld, type World } from "./support/world.ts";

let world: World;
let path: string;
let key: string;
beforeAll(async () => {
  world = await createWorld();
  path = `/api/bots/${world.linkedBot.botId}/session`;
  const scopes = ["session:read", "session:plain", "session:token"] as const;
  key = (await addKey(world.app.test, world.owner, scopes)).secret;
});
afterAll(() => world.dispose());

const scrape = async (): Promise<string> => (await world.app.request("/metrics", { peer: "127.0.0.1" })).text;

/** The value of one sample; 0 where there is none yet. */
async function sampleOf(sample: string): Promise<number> {
  const line = (await scrape()).split("\n").find((text) => text.startsWith(`${sample} `));
  return Number(line?.split(" ").at(-1) ?? 0);
}

/** By how much a sample grew while something was done. */
async function growthOf(sample: string, work: () => Promise<unknown>): Promise<number> {
  const before = await sampleOf(sample);
  await work();
  return (await sampleOf(sample)) - before;
}

const issue = (json = {}): Promise<TestAnswer> => world.app.request(path, { key, json });
const event = (name: string): string => `switchboard_session_tokens_total{event="${name}"}`;

describe("leases", () => {
  const leases = (name: string) => `switchboard_leases_total{event="${name}"}`;
  const held = 'switchboard_leases_held{kind="key"}';

  it("are counted when they are granted, refused, lost, given back and taken away, and while they are held", async () => {
    const { secret: bearer } = await addKey(world.app.test, world.owner, ["session:lease"]);
    const lease = `/api/bots/${await world.addLinkedBot()}/session/lease`;
    const ask = (name: string) => world.app.request(lease, { bearer, json: {}, headers: { "idempotency-key": name } });
    const before = await sampleOf(held);
    let granted: TestAnswer | undefined;
    const take = async () => {
      granted = await ask("first");
    };
    expect(await growthOf(leases("acquired"), take)).toBe(1);
    expect(await sampleOf(held)).toBe(before + 1);
    expect(await growthOf(leases("refused"), () => ask("second"))).toBe(1);
    const json = { finalRevision: granted?.body.revision, clean: true };
    const release = () => world.app.request(lease, { method: "DELETE", bearer, json });
    expect(await growthOf(leases("released"), release)).toBe(1);
    expect(await growthOf(leases("lost"), release)).toBe(1);
    expect(await sampleOf(held)).toBe(before);
    const order = (verb: string) =>
      world.app.request(`${lease}/${verb}`, { method: "POST", bearer: world.owner.token });
    expect(await growthOf(leases("revoked"), () => order("revoke"))).toBe(1);
    expect(await growthOf(leases("frozen"), () => order("freeze"))).toBe(1);
  });
});

describe("session tokens", () => {
  it("are counted when they are made, by POST, by GET and by procedure", async () => {
    const procedure = "/trpc/sessions.tokens.issue";
    const json = { json: { botId: world.linkedBot.botId } };
    expect(await growthOf(event("issued"), () => issue())).toBe(1);
    expect(await growthOf(event("issued"), () => world.app.request(path, { key }))).toBe(1);
    expect(
      await growthOf(event("issued"), () => world.app.request(procedure, { bearer: world.owner.token, json })),
    ).toBe(1);
  });

  it("are counted when they are used and renewed, by POST and by GET", async () => {
    const { token } = (await issue()).body;
    expect(await growthOf(event("renewed"), () => world.app.request(path, { bearer: token, json: {} }))).toBe(1);
    expect(await growthOf(event("renewed"), () => world.app.request(path, { bearer: token }))).toBe(1);
    expect(await growthOf(event("used"), () => world.app.request(path, { bearer: token }))).toBe(1);
    expect(await growthOf(event("issued"), () => world.app.request(path, { bearer: token }))).toBe(0);
  });

  it("are counted when they are refused, come too late, or are revoked", async () => {
    const { id, token } = await world.addSessionToken();
    expect(await growthOf(event("refused"), () => world.app.request(path, { bearer: `${token}x` }))).toBe(1);
    const revoke = () => world.app.request(`${path}/tokens/${id}`, { method: "DELETE", bearer: world.owner.token });
    expect(await growthOf(event("revoked"), revoke)).toBe(1);
    const late: string = (await issue({ expiresIn: 60 })).body.token;
    world.app.test.clock.advanceMs(60_000);
    expect(await growthOf(event("expired"), () => world.app.request(path, { bearer: late }))).toBe(1);
  });

  it("that are good now and that end soon are told as the database has them", async () => {
    const [active, expiring] = ["active", "expiring"].map(
      (state) => `switchboard_session_tokens_live{state="${state}"}`,
    );
    if (active === undefined || expiring === undefined) throw new Error("no samples");
    expect(await growthOf(active, () => issue({ expiresIn: "1h" }))).toBe(1);
    expect(await growthOf(expiring, () => issue({ expiresIn: "10m" }))).toBe(1);
    expect(await growthOf(expiring, () => issue({ expiresIn: 601 }))).toBe(0);
    const { clock } = world.app.test;
    const nowMs = clock.nowMs();
    clock.advanceMs(7 * 86_400_000);
    expect(await sampleOf(active)).toBe(0);
    expect(await sampleOf(expiring)).toBe(0);
    clock.setMs(nowMs);
  });
});

describe("other counts", () => {
  it("tell sessions that were handed out, by their form, and no others", async () => {
    const [plain, sealed] = ["plain", "sealed"].map((form) => `switchboard_session_disclosures_total{form="${form}"}`);
    if (plain === undefined || sealed === undefined) throw new Error("no samples");
    const fetchPlain = () => world.app.request(path, { key });
    expect([await growthOf(plain, fetchPlain), await growthOf(sealed, fetchPlain)]).toEqual([1, 0]);
    const reader = await addKey(world.app.test, world.owner, ["session:read", "session:plain"]);
    await addRecipient(world.app.test, world.owner.user, reader.id);
    const fetchSealed = () => world.app.request(path, { key: reader.secret });
    expect([await growthOf(plain, fetchSealed), await growthOf(sealed, fetchSealed)]).toEqual([0, 1]);
    for (const work of [() => world.app.request(path), () => issue()])
      expect([await growthOf(plain, work), await growthOf(sealed, work)]).toEqual([0, 0]);
  });

  it.each([
    ["api-key", () => world.app.request("/api/bots", { key })],
    ["personal-access-token", () => world.app.request("/api/bots", { bearer: world.owner.token })],
    ["anonymous", () => world.app.request("/api/bots")],
    ["rejected", () => world.app.request("/api/bots", { key: "nonsense" })],
  ])("tell requests made with the credential %s", async (credential, work) => {
    expect(await growthOf(`switchboard_requests_by_credential_total{credential="${credential}"}`, work)).toBe(1);
  });

  it("come without the database too, but for what only it knows", async () => {
    const other = await world.addInstallation();
    await other.test.db.close();
    const answer = await other.request("/metrics", { peer: "127.0.0.1" });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("switchboard_http_requests_total");
    expect(answer.text).not.toContain("switchboard_session_tokens_live{");
  });
});

describe("the text", () => {
  it("names everything that is documented, and nothing else of ours", async () => {
    const documented = await readFile(new URL("../../../docs/operations.md", import.meta.url), "utf8");
    const ofApi = documented.slice(0, documented.indexOf("What each worker counts"));
    const rows = [...ofApi.matchAll(/^\| `(switchboard_\w+)` +\|/gm)].map(([, name]) => name);
    const told = [...(await scrape()).matchAll(/^# HELP (switchboard_\w+) .+$/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(told.sort());
  });

  it("holds no id, number, path, address or secret, whatever was asked", async () => {
    const { token } = await world.addSessionToken();
    for (const bearer of [token, key, world.owner.token])
      await world.app.request(`/api/bots/${world.linkedBot.botId}/limits/34600000000?x=${bearer}`, { bearer });
    await world.app.request("/api/canary-of-a-path", { method: "PUT" });
    const text = await scrape();
    for (const secret of [token, key, world.owner.token, world.linkedBot.botId, "34600000000", "canary-of-a-path"])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/\b(bot|usr|key|tok|req|team)_[0-9a-z]{10}|\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/);
  });
});
