import type { ServiceContext } from "@switchboard/core/context";
import type { AuthRecordStore } from "@switchboard/core/ports/auth-record-store";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { releaseForWorker } from "@switchboard/core/services/custody/worker-leases";
import { createApiKey } from "@switchboard/core/services/identity/api-keys/create-api-key";
import { createApiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import { challengeRecipient } from "@switchboard/core/services/sessions/challenge-recipient";
import { setRecipient } from "@switchboard/core/services/sessions/set-recipient";
import { createRecipient, type TestRecipient } from "@switchboard/core/testing/recipients";
import { type BotId, bots } from "@switchboard/db/schema";
import { initAuthCreds } from "@whiskeysockets/baileys";
import { eq } from "drizzle-orm";
import { createApiClient } from "../../../sdk/session/src/http/api-client.ts";
import { createLeaseCalls } from "../../../sdk/session/src/lease/lease-calls.ts";
import { createSealedChannel, plainChannel } from "../../../sdk/session/src/sealing/channel.ts";
import { createServerKeys } from "../../../sdk/session/src/sealing/server-keys.ts";
import { RemoteRecordStore } from "../../../sdk/session/src/state/remote-record-store.ts";
import { createSessionCalls } from "../../../sdk/session/src/state/session-calls.ts";
import { openBotAuthState } from "../../../worker/src/whatsapp/auth/bot-auth-state.ts";
import { encodeCreds } from "../../../worker/src/whatsapp/auth/record-codec.ts";
import { findFreePorts } from "../../support/free-ports.ts";
import { BENCH_OWNER, type BenchInstallation, openBenchInstallation } from "../lib/installation.ts";
import { startProgram } from "../lib/program.ts";
import { printHeading, printTable } from "../lib/report.ts";
import { format, median, medianRatio, spread } from "../lib/statistics.ts";
import { withTempFolder } from "../lib/temp-folder.ts";
import { type Client, MESSAGES_PER_ROUND, type Sender, startSender } from "./messages.ts";

const ROUNDS = 16;
const WARM_UP_ROUNDS = 2;
const LEASE_SECONDS = 300;

/** Prints the table of remote-messages.bench.ts. */
export const measureRemoteMessages = () =>
  withTempFolder(async (folder) => {
    printHeading("Messages over the remote auth state, one at a time, 12 contacts, file database", [
      `${ROUNDS} rounds of ${MESSAGES_PER_ROUND} messages in turns after ${WARM_UP_ROUNDS} to warm up; the api is another process`,
    ]);
    const installation = await openBenchInstallation(folder);
    const [port = 0] = await findFreePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const env = { DATA_DIR: `${folder}/data`, API_PORT: String(port), PUBLIC_URL: url };
    const api = startProgram({ script: "api/src/entry.node.ts", env });
    await api.waitForLine((line) => line.includes("listening"));
    const senders = [
      await startSender(await openLocal(installation, "1"), "1"),
      await startSender(await openRemote(installation, url, "2"), "2"),
      await startSender(await openRemote(installation, url, "3", true), "3"),
    ];
    const sides = await measureInTurns(senders);
    await api.stop();
    await installation.close();
    printSides(sides);
  });

/** Milliseconds of each message, and of each round. */
interface Side {
  readonly times: number[];
  readonly rounds: number[];
}

async function measureInTurns(senders: readonly Sender[]): Promise<Side[]> {
  const sides = senders.map((): Side => ({ times: [], rounds: [] }));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const [index, sender] of senders.entries()) {
      const times = await sender.sendRound();
      if (round < 0) continue;
      sides[index]?.times.push(...times);
      sides[index]?.rounds.push(times.reduce((sum, time) => sum + time, 0));
    }
  }
  return sides;
}

function printSides(sides: readonly Side[]): void {
  const names = ["on the database", "over HTTP, plain", "over HTTP, sealed"];
  printTable(
    sides.map(({ times, rounds }, index) => ({
      "ms a message": names[index] ?? "",
      "messages/s (median round)": format((MESSAGES_PER_ROUND * 1000) / median(rounds)),
      ...spread(times),
    })),
  );
  const [local, ...remote] = sides;
  for (const [index, side] of remote.entries()) {
    const ratio = format(medianRatio(side.rounds, local?.rounds ?? []));
    console.log(`  ${names[index + 1]}: ${ratio} of the local rate`);
  }
}

/** A bot that holds an identity and is linked, as far as the database knows; nobody holds it. */
async function addBotWithIdentity(installation: BenchInstallation, prefix: string): Promise<BotId> {
  const { ctx } = installation;
  const botId = await installation.addBot(`bot ${prefix}`);
  const lease = await installation.acquire(botId);
  const me = { id: `${prefix}000000:5@s.whatsapp.net`, lid: `${prefix}000000:5@lid` };
  const creds = encodeCreds({ ...initAuthCreds(), me });
  await openRecordStore(ctx, lease, lease.authRevision).commit({ records: [], creds });
  await releaseForWorker(ctx, lease, true);
  await ctx.db.write(async (tx) => {
    await tx.update(bots).set({ isLinked: true }).where(eq(bots.id, botId));
  });
  return botId;
}

async function openLocal(installation: BenchInstallation, prefix: string): Promise<Client> {
  const lease = await installation.acquire(await addBotWithIdentity(installation, prefix));
  return openClient(openRecordStore(installation.ctx, lease, lease.authRevision));
}

/** As connectSwitchboard does it, without a socket to WhatsApp; the lease outlives the benchmark. */
async function openRemote(
  installation: BenchInstallation,
  url: string,
  prefix: string,
  isSealed = false,
): Promise<Client> {
  const botId = await addBotWithIdentity(installation, prefix);
  const owner = { ...installation.ctx, actor: { ...BENCH_OWNER, confirmedAtMs: Date.now() } };
  const scopes = ["session:lease", "session:read", "session:plain"];
  const { id, secret } = await createApiKey(owner, createApiKeySchema.parse({ name: `key ${prefix}`, scopes }));
  const recipient = isSealed ? await registerRecipient(owner, id) : null;
  const api = createApiClient(url);
  const { signal } = new AbortController();
  const wish = { ttlSeconds: LEASE_SECONDS, takeover: false, waitSeconds: 0, idempotencyKey: prefix };
  const lease = await createLeaseCalls(api, secret, botId).acquire(wish, signal);
  if (!("token" in lease)) throw new Error("the bot is not free");
  const { token: leaseToken, epoch, revision, leaseId } = lease;
  const serverKeys = createServerKeys(api, null);
  const channel = recipient ? createSealedChannel({ recipient, serverKeys, botId, lease, leaseToken }) : plainChannel;
  const calls = createSessionCalls({ api, apiKey: secret, botId, epoch, channel, leaseToken: () => leaseToken });
  const fail = (error: unknown) => {
    throw error;
  };
  const name = { botId, leaseId, epoch };
  return openClient(
    new RemoteRecordStore({ calls, channel, lease: name, revision, signal, onReadFailed: fail, onRetry: fail }),
  );
}

async function registerRecipient(owner: ServiceContext, keyId: string): Promise<TestRecipient> {
  const recipient = await createRecipient();
  const publicJwk = { ...recipient.publicJwk };
  const { challenge } = await challengeRecipient(owner, { keyId, publicJwk });
  await setRecipient(owner, { keyId, publicJwk, proof: await recipient.prove(keyId, challenge) });
  return recipient;
}

async function openClient(store: AuthRecordStore): Promise<Client> {
  const state = await openBotAuthState(store, { whenMissing: "refuse" });
  return { config: state, attach: (socket) => state.attach(socket) };
}
