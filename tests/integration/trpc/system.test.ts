import { parseSettings } from "@switchboard/core/config/parse-settings";
import { settingFields } from "@switchboard/core/config/setting-fields";
import { registerWorker, retireWorker } from "@switchboard/core/services/fleet/register-worker";
import { cleanupExpired } from "@switchboard/core/services/system/cleanup";
import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTrpcTest, refusalOf, type SignedIn, type TrpcTest } from "./support.ts";

const settings = parseSettings({
  CRON_SECRET: "the-secret-of-cron",
  API_PORT: "9999",
  DATABASE_URL: "libsql://user:hunter2@db.example.test/x?authToken=abc",
});
let api: TrpcTest;
let owner: SignedIn;

beforeAll(async () => {
  api = await createTrpcTest({ settings, version: "1.2.3" });
  owner = await api.addTeam();
});
afterAll(() => api.dispose());

it("tells workers that are up, silent and stopped, and counts the team's bots", async () => {
  const ctx = api.test.as({ kind: "system", name: "test" });
  const worker = (workerId: string) => ({ workerId, instanceId: `${workerId}-1`, version: "1.2.3" });
  expect(await owner.client.system.health.query()).toMatchObject({ status: "degraded", workers: [], botsByState: {} });
  await registerWorker(ctx, worker("silent"));
  api.test.clock.advanceMs(90_001);
  await registerWorker(ctx, worker("gone"));
  await retireWorker(ctx, worker("gone"));
  await registerWorker(ctx, worker("up"));
  await addBot(api.test, owner.person);
  await addBot(api.test, (await api.addTeam()).person);
  const health = await owner.client.system.health.query();
  expect(health).toMatchObject({ version: "1.2.3", status: "ok", botsByState: { stopped: 1 } });
  expect(health.workers.map(({ id, state }) => [id, state])).toEqual([
    ["gone", "stopped"],
    ["silent", "silent"],
    ["up", "up"],
  ]);
});

it("lists every setting, and no secret", async () => {
  const list = (await owner.client.system.config.query()) ?? [];
  expect(list.map((setting) => setting.name)).toEqual(Object.keys(settingFields));
  const named = new Map(list.map((setting) => [setting.name, setting]));
  expect(named.get("CRON_SECRET")).toMatchObject({ isSecret: true, isSet: true, value: null, isDefault: false });
  expect(named.get("METRICS_TOKEN")).toMatchObject({ isSecret: true, isSet: false, value: null, isDefault: true });
  expect(named.get("API_PORT")).toMatchObject({ value: "9999", isDefault: false });
  expect(named.get("WEB_PORT")).toMatchObject({ value: "3000", isDefault: true });
  expect(named.get("DATABASE_URL")).toMatchObject({ value: "libsql://db.example.test/x" });
  expect(JSON.stringify(list)).not.toMatch(/the-secret-of-cron|hunter2|abc/);
});

it("shows settings to admins only", async () => {
  const viewer = await api.addPerson(owner.person.teamId, "viewer");
  expect(await refusalOf(viewer.client.system.config.query())).toBe("forbidden");
});

it("tells when the cleanup ran and when it is due", async () => {
  const { lastRun, nextDueAt } = await owner.client.system.cleanup.status.query();
  expect(lastRun).toBeNull();
  expect(nextDueAt).toBe(new Date(api.test.clock.nowMs()).toISOString());
  await cleanupExpired(api.test.as({ kind: "system", name: "test" }));
  const after = await owner.client.system.cleanup.status.query();
  expect(after.lastRun).toMatchObject({ at: nextDueAt, expired: 0 });
});
