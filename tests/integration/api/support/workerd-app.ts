import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bytes, randomBytes, toBase64Url } from "@switchboard/core/crypto/bytes";
import { MASTER_KEY_BYTES } from "@switchboard/core/crypto/master-key";
import type { FakeClock } from "@switchboard/core/testing/fake-clock";
import { createTestContext, testSettings } from "@switchboard/core/testing/test-context";
import { openDatabase } from "@switchboard/db/client";
import { migrateDatabase } from "@switchboard/db/migrate";
import type { AppSettings } from "../../../../api/src/app-deps.ts";
import { openSetupCode } from "../../../../api/src/deps/setup-code.ts";
import { startWorker } from "../../../edge/support/start-worker.ts";
import { type Sqld, startSqld } from "../../../support/sqld.ts";
import type { TestApp, TestAppOptions } from "./test-app.ts";
import { readAnswer, requireDocumented, toInit } from "./test-request.ts";

/** Where the test says who connected, as a platform would. */
const PEER_ADDRESS_FIELD = "x-test-peer";

/**
 * The bundle for edge runtimes in a real workerd, over a real libSQL server that the test reaches as well. Clock, limits
 * and the cost of passwords are the product's own.
 */
export async function createWorkerdApp({ settings = {}, bindings = {} }: TestAppOptions): Promise<TestApp> {
  const sqld = await startSqld();
  await migrateDatabase(sqld.httpUrl);
  const masterKey = randomBytes(MASTER_KEY_BYTES);
  const clock = createMachineClock();
  const database = await openDatabase({ url: sqld.httpUrl });
  const dispose = async () => {
    await database.close();
    await sqld.stop();
  };
  const test = await createTestContext({}, { database, url: sqld.httpUrl, clock, masterKey, dispose });
  const dataDir = await mkdtemp(join(tmpdir(), "switchboard-api-"));
  const logLines: string[] = [];
  const worker = await startWorker({ ...bindingsOf(sqld, masterKey, settings), ...bindings }, logLines);
  return {
    test,
    url: worker.url.href,
    dataDir,
    setupCode: openSetupCode(dataDir),
    logLines,
    request: async (path, request = {}) => {
      const init = toInit(request);
      const headers = new Headers(init.headers);
      headers.set(PEER_ADDRESS_FIELD, request.peer ?? nextPeer());
      const response = await fetch(new URL(path, worker.url), { ...init, headers, redirect: "manual" });
      requireDocumented(init.method ?? "GET", path, response.status);
      return readAnswer(response);
    },
    dispose: async () => {
      await worker.stop();
      await test.dispose();
      await rm(dataDir, { recursive: true });
    },
  };
}

const bindingsOf = (sqld: Sqld, masterKey: Bytes, settings: Partial<AppSettings>): Record<string, string> => ({
  DATABASE_URL: sqld.httpUrl,
  MASTER_KEY: toBase64Url(masterKey),
  PUBLIC_URL: testSettings.publicUrl,
  PEER_ADDRESS_FIELD,
  TRUSTED_PROXIES: settings.trustedProxies?.join(",") ?? "",
  FRONT_DOOR_SECRET: settings.frontDoorSecret ?? "",
  CRON_SECRET: settings.cronSecret ?? "",
  METRICS_TOKEN: settings.metricsToken ?? "",
});

/** The range that requests come from unless they say otherwise; its size is that of a /24 without its ends. */
const PEERS = { prefix: "198.51.100.", count: 254 };

/** Each request comes from the next address, since the quotas of addresses are the product's own here. */
function nextPeer(): string {
  requests += 1;
  return `${PEERS.prefix}${1 + (requests % PEERS.count)}`;
}

let requests = 0;

/**
 * The clock that workerd goes by too. The test may do things in the past; where they are done in the future, the app would
 * not know of them.
 */
function createMachineClock(): FakeClock {
  let offsetMs = 0;
  const setOffset = (ms: number) => {
    if (ms > 0) throw new Error("Time cannot be moved where workerd serves the app: mark the test with itMovesTime");
    offsetMs = ms;
  };
  return {
    nowMs: () => Date.now() + offsetMs,
    setMs: (atMs) => setOffset(atMs - Date.now()),
    advanceMs: (ms) => setOffset(offsetMs + ms),
  };
}
