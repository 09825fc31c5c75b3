import { sealBatch } from "@switchboard/core/crypto/sealed-content";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { releaseForWorker } from "@switchboard/core/services/custody/worker-leases";
import { createApiKey } from "@switchboard/core/services/identity/api-keys/create-api-key";
import { createApiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import { newCredentials, newKeyPair, newSessionRecord } from "@switchboard/core/testing/auth-values";
import { bots } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { startServer } from "../../../api/src/node/server.ts";
import { BENCH_OWNER, type BenchInstallation, openBenchInstallation } from "../lib/installation.ts";
import { createOurs } from "./rest.ts";

/** Something that makes three records durable with each call. */
export interface BatchWriter {
  readonly name: string;
  write(): Promise<void>;
}

/** The writers over one installation: in process first. */
export interface RemoteBatchBench {
  readonly writers: readonly BatchWriter[];
  close(): Promise<void>;
}

/** What sending one text changes: the conversation, and two smaller records beside it. */
const records = newRecordsOfMessage();
function newRecordsOfMessage() {
  return {
    session: { "123456789_1.0": newSessionRecord() },
    "pre-key": { "7": newKeyPair() },
    "lid-mapping": { "34600000001": "123456789" },
  };
}

/** Opens an installation with the api on a free port, and a bot for each writer. */
export async function openRemoteBatchBench(folder: string): Promise<RemoteBatchBench> {
  const installation = await openBenchInstallation(folder);
  const server = await startServer(createOurs(installation.ctx).fetch, 0, "127.0.0.1");
  const origin = `http://127.0.0.1:${server.port}`;
  return {
    writers: [
      { name: "in process", write: await openInProcess(installation) },
      { name: "over HTTP, plain", write: await openRemote(installation, origin, false) },
      { name: "over HTTP, sealed", write: await openRemote(installation, origin, true) },
    ],
    close: async () => {
      await server.stop();
      await installation.close();
    },
  };
}

async function openInProcess(installation: BenchInstallation): Promise<() => Promise<void>> {
  const lease = await installation.acquire(await installation.addBot("in process"));
  const store = openRecordStore(installation.ctx, lease, lease.authRevision);
  const changes = Object.entries(records).flatMap(([type, values]) =>
    Object.entries(values).map(([id, value]) => ({ type, id, value: JSON.stringify(value) })),
  );
  return () => store.commit({ records: changes, creds: null });
}

async function openRemote(
  installation: BenchInstallation,
  origin: string,
  isSealed: boolean,
): Promise<() => Promise<void>> {
  const { ctx } = installation;
  const botId = await addFreeBot(installation, isSealed ? "sealed" : "plain");
  const wish = createApiKeySchema.parse({ name: `key of ${botId}`, scopes: ["session:lease", "session:plain"] });
  const { secret } = await createApiKey({ ...ctx, actor: { ...BENCH_OWNER, confirmedAtMs: Date.now() } }, wish);
  const path = `${origin}/api/bots/${botId}/session`;
  const lease = await post(`${path}/lease`, { "x-api-key": secret, "idempotency-key": botId }, { ttlSeconds: 300 });
  const { leaseId, epoch, token } = lease;
  let seq = 0;
  return async () => {
    seq += 1;
    const fields = {
      "if-match": `"${epoch}.*"`,
      "idempotency-key": `${epoch}-${seq}`,
      authorization: `Bearer ${token}`,
    };
    const batch = { botId, leaseId: String(leaseId), epoch: Number(epoch), seq, set: records };
    const sealed = isSealed ? { seq, sealed: await sealBatch(ctx.keyring.encryption, batch) } : null;
    await post(`${path}/batch`, fields, sealed ?? { seq, set: records });
  };
}

/** A linked bot that was given back cleanly. */
async function addFreeBot({ ctx, addBot, acquire }: BenchInstallation, name: string) {
  const botId = await addBot(name);
  const lease = await acquire(botId);
  await openRecordStore(ctx, lease, lease.authRevision).commit({
    records: [],
    creds: JSON.stringify(newCredentials()),
  });
  await releaseForWorker(ctx, lease, true);
  await ctx.db.write(async (tx) => {
    await tx.update(bots).set({ isLinked: true }).where(eq(bots.id, botId));
  });
  return botId;
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: object,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return JSON.parse(await answer.text());
}
