import { parseSettings } from "@switchboard/core/config/parse-settings";
import type { Actor, ServiceContext } from "@switchboard/core/context";
import { createApiKey } from "@switchboard/core/services/identity/api-keys/create-api-key";
import { createApiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import { authenticateCredential } from "@switchboard/core/services/identity/authenticate";
import { createPointLeases } from "@switchboard/core/services/limits/point-leases";
import { getSession } from "@switchboard/core/services/sessions/get-session";
import { replaceCallBlocking } from "@switchboard/core/services/settings/replace-call-blocking";
import { replaceCallBlockingSchema } from "@switchboard/core/services/settings/schemas";
import { namedBotId } from "@switchboard/core/testing/named-ids";
import { bots, callBlockingSettings, custody } from "@switchboard/db/schema";
import { Hono } from "hono";
import { createApp } from "../../../api/src/app.ts";
import { standardLimits } from "../../../api/src/app-deps.ts";
import { createBrowserSignIn } from "../../../api/src/deps/browser-sign-in.ts";
import { createMetrics } from "../../../api/src/deps/prometheus.ts";
import { startServer } from "../../../api/src/node/server.ts";
import { startSimulator } from "../../simulator/index.ts";
import type { LoadJob } from "../lib/http-load.ts";
import { BENCH_OWNER, openBenchInstallation } from "../lib/installation.ts";
import { linkAccount } from "../lib/linked-accounts.ts";

/** One kind of request, without where it goes and how often. */
type BenchCall = Pick<LoadJob, "method" | "headers" | "body" | "expectedStatus" | "requests"> & {
  readonly name: string;
  readonly path: string;
};

/** Two servers over one installation. */
export interface RestBench {
  /** Origin of our whole app, and of a bare Hono app whose routes call the same verbs. */
  readonly ours: string;
  readonly bare: string;
  readonly calls: readonly BenchCall[];
  readonly list: BenchCall;
  /** Adds bots of the same team until there are so many. */
  growTo(count: number): Promise<void>;
  close(): Promise<void>;
}

const REQUESTS_PER_MINUTE = 1_000_000_000;
const SETTINGS = { enabled: true, dailyLimit: 3, autoReply: { text: "Please write." } };
const ROWS_PER_WRITE = 500;

/** Starts both servers on free ports. */
export async function openRestBench(folder: string): Promise<RestBench> {
  const installation = await openBenchInstallation(folder);
  const simulator = await startSimulator({ randomSeed: 3 });
  const botId = await installation.addLinkedBot("first", await linkAccount(simulator, "4915100000003", []));
  await simulator.stop();
  const { ctx } = installation;
  const scopes = ["bots:read", "session:read", "session:plain", "blocking:write"];
  const wish = createApiKeySchema.parse({ name: "bench", scopes });
  const { secret } = await createApiKey({ ...ctx, actor: { ...BENCH_OWNER, confirmedAtMs: Date.now() } }, wish);
  const headers = { "x-api-key": secret };
  const ours = await startServer(createOurs(ctx).fetch, 0, "127.0.0.1");
  const bare = await startServer(createBare(ctx).fetch, 0, "127.0.0.1");
  const session = {
    name: "GET session",
    method: "GET",
    path: `/api/bots/${botId}/session`,
    headers,
    body: null,
    requests: 24,
  } as const;
  const body = JSON.stringify(SETTINGS);
  const json = { ...headers, "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
  const path = `/api/bots/${botId}/call-blocking`;
  const blocking = { name: "PUT call-blocking", method: "PUT", path, headers: json, body, requests: 150 } as const;
  const list = { name: "GET bots", method: "GET", path: "/api/bots", headers, body: null, requests: 150 } as const;
  let count = 1;
  return {
    ours: `http://127.0.0.1:${ours.port}`,
    bare: `http://127.0.0.1:${bare.port}`,
    calls: [session, blocking].map((call) => ({ ...call, expectedStatus: 200 })),
    list: { ...list, expectedStatus: 200 },
    growTo: async (wanted) => {
      while (count < wanted) count += await addBots(ctx, count, Math.min(ROWS_PER_WRITE, wanted - count));
    },
    close: async () => {
      await Promise.all([ours.stop(), bare.stop()]);
      await installation.close();
    },
  };
}

/** The app as a process runs it, but for the quota and the log's target. */
export function createOurs({ actor: _actor, request: _request, ...base }: ServiceContext) {
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const { publicUrl } = base.settings;
  const limits = { ...standardLimits, requestsPerMinute: REQUESTS_PER_MINUTE };
  return createApp({
    base,
    settings: { ...limits, version: "0.0.0", trustedProxies: [], cronSecret: null, metricsToken: null },
    logger,
    metrics: createMetrics(),
    setupCode: { read: async () => null, forget: async () => undefined },
    browserSignIn: createBrowserSignIn({ ...base, publicUrl, logger }),
    documentation: null,
    configuration: parseSettings({}),
    stopping: new AbortController().signal,
  });
}

/** The same work without our layers: the credential, the quota, the verb, JSON. */
function createBare(ctx: ServiceContext) {
  const app = new Hono();
  const leases = createPointLeases();
  const quota = { policy: "default", key: "bare", limit: REQUESTS_PER_MINUTE, windowSeconds: 60 };
  const begin = async (credential: string | undefined): Promise<ServiceContext> => {
    const request = { id: ctx.ids.next("request"), address: "127.0.0.1", userAgent: null };
    const actor: Actor = await authenticateCredential({ ...ctx, request }, credential ?? "");
    await leases.take(ctx, [quota]);
    return { ...ctx, actor, request };
  };
  app.get("/api/bots/:botId/session", async (c) =>
    c.json(await getSession(await begin(c.req.header("x-api-key")), { botId: c.req.param("botId") })),
  );
  app.put("/api/bots/:botId/call-blocking", async (c) => {
    const settings = replaceCallBlockingSchema.parse(await c.req.json());
    const verbContext = await begin(c.req.header("x-api-key"));
    return c.json(await replaceCallBlocking(verbContext, { botId: c.req.param("botId"), ...settings }));
  });
  return app;
}

async function addBots(ctx: ServiceContext, from: number, count: number): Promise<number> {
  const { teamId } = BENCH_OWNER;
  const [first] = await ctx.db.reader.select().from(bots).limit(1);
  if (first === undefined) throw new Error("there is no bot to copy");
  await ctx.db.write(async (tx) => {
    for (let index = from; index < from + count; index += 1) {
      const id = namedBotId(`bot_${String(index).padStart(26, "0")}`);
      await tx.insert(bots).values({ ...first, id, name: `bot ${index}`, isLinked: false, desiredState: "stopped" });
      await tx.insert(custody).values({ botId: id });
      const settings = { botId: id, teamId, timeZone: "UTC", updatedAtMs: 0, updatedBy: "bench" };
      await tx.insert(callBlockingSettings).values(settings);
    }
  });
  return count;
}
