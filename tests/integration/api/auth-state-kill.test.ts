import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { randomBytes, toBase64Url } from "@switchboard/core/crypto/bytes";
import { MASTER_KEY_BYTES } from "@switchboard/core/crypto/master-key";
import { createFakeClock } from "@switchboard/core/testing/fake-clock";
import { createTestContext, type TestContext, testSettings } from "@switchboard/core/testing/test-context";
import { authRecords } from "@switchboard/db/schema";
import { createTestDatabase } from "@switchboard/db/testing";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { findFreePort } from "../../support/free-ports.ts";
import { startApi, untilListening } from "./support/api-process.ts";
import { addOwner } from "./support/credentials.ts";
import { type HeldSession, holdSession } from "./support/held-session.ts";
import { readAnswer, type TestRequest, toInit } from "./support/test-request.ts";

// Each round starts a process from its sources, which on a busy machine takes a while.
vi.setConfig({ testTimeout: 180_000 });

/** When the api is killed, one round each: in parts of what the batch before took, so that early and late moments are met. */
const KILLED_AFTER_PARTS = [0.6, 0.85, 0.95, 0.99];
const BATCHES_BEFORE = 3;
/** Enough that writing them takes a while. */
const RECORDS = 400;

let test: TestContext;
let dataDir: string;
let env: Record<string, string>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "switchboard-kill-"));
  const masterKey = randomBytes(MASTER_KEY_BYTES);
  const ground = { ...(await createTestDatabase()), clock: createFakeClock(Date.now()), masterKey };
  test = await createTestContext({}, ground);
  env = { DATABASE_URL: ground.url, MASTER_KEY: toBase64Url(masterKey), PUBLIC_URL: testSettings.publicUrl };
});
afterAll(async () => {
  await test.dispose();
  await rm(dataDir, { recursive: true, force: true });
});

/** Credentials and keys that all say the same number. */
const saying = (number: number, { credentials }: HeldSession) => {
  const names = Array.from({ length: RECORDS }, (_, id) => [`${id + 1}`, `${number}`]);
  return {
    creds: { ...credentials, accountSyncCounter: number },
    set: { "lid-mapping": Object.fromEntries(names) },
  };
};

/** Every number the stored session says, by the database alone: one where nothing is torn. */
async function numbersOf(held: HeldSession): Promise<{ said: Set<number>; versions: Set<number> }> {
  const keys = { "lid-mapping": Array.from({ length: RECORDS }, (_, id) => `${id + 1}`) };
  const { body } = await held.read({ creds: true, keys });
  const rows = await test.db.reader.select().from(authRecords).where(eq(authRecords.botId, held.botId));
  const names = Object.values(body.keys["lid-mapping"] ?? {}).map(Number);
  return {
    said: new Set([body.creds.accountSyncCounter, ...names]),
    versions: new Set(rows.map(({ version }) => version)),
  };
}

/** The turns this process's loop makes until something is there. */
async function countTurns(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const end = () => {
    isDone = true;
  };
  work.then(end, end);
  for (; !isDone; turns += 1) await setImmediate();
  return turns;
}

it("a session is never torn, and nothing acknowledged is lost, when the api is killed in the middle of batches", async () => {
  let port = 0;
  const request = async (path: string, wish: TestRequest = {}) =>
    readAnswer(await fetch(`http://127.0.0.1:${port}${path}`, toInit(wish)));
  const held = await holdSession({ test, request }, await addOwner(test));
  const start = (await held.custodyRow()).authRevision;
  let acknowledged = 0;
  let unanswered = 0;
  for (const part of KILLED_AFTER_PARTS) {
    port = await findFreePort();
    const api = startApi(dataDir, { ...env, API_PORT: `${port}` });
    await untilListening(api);
    if (acknowledged > 0) {
      const { said, versions } = await numbersOf(held);
      expect([said.size, versions.size]).toEqual([1, 1]);
      const [number = 0] = said;
      // What was not answered may have been written or not; in both cases whole.
      expect([acknowledged, acknowledged + 1]).toContain(number);
      expect(await held.custodyRow()).toMatchObject({ authRevision: start + number });
      unanswered += number - acknowledged;
    }
    let turns = 0;
    for (let sent = 0; sent < BATCHES_BEFORE; sent += 1) {
      const number = acknowledged + 1;
      // The first one repeats what the kill left without an answer.
      const answer = held.batch(number, saying(number, held));
      turns = await countTurns(answer);
      expect(await answer).toMatchObject({ body: { revision: start + number } });
      acknowledged = number;
    }
    const cut = held.batch(acknowledged + 1, saying(acknowledged + 1, held)).catch(() => null);
    for (let turn = 0; turn < turns * part; turn += 1) await setImmediate();
    api.kill("SIGKILL");
    await api;
    if ((await cut)?.status === 200) acknowledged += 1;
  }
  expect(acknowledged).toBeGreaterThanOrEqual(KILLED_AFTER_PARTS.length * BATCHES_BEFORE);
  expect(unanswered).toBeLessThanOrEqual(KILLED_AFTER_PARTS.length);
});
