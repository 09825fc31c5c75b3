import { join } from "node:path";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { openBotAuthState } from "../../../worker/src/whatsapp/auth/bot-auth-state.ts";
import { trustTestServer } from "../../../worker/src/whatsapp/whatsapp-server.ts";
import { startSimulator } from "../../simulator/index.ts";
import { installDriverProbe } from "../lib/driver-probe.ts";
import { type BenchInstallation, openBenchInstallation } from "../lib/installation.ts";
import { type AuthWrite, type Recording, readWrites, recordSession } from "../lib/recorded-session.ts";
import { printGoal, printHeading, printTable } from "../lib/report.ts";
import { format, median, medianRatio } from "../lib/statistics.ts";
import { withTempFolder } from "../lib/temp-folder.ts";

const SEED = 2;
const CONTACTS = 45;
const MESSAGES = 100;
/** The first round warms up and is not counted. */
const ROUNDS = 8;

interface Times {
  readonly pairing: number[];
  readonly messages: number[];
}

/** A store to replay into. */
interface Target {
  write(write: AuthWrite): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Prints the table of key-store.bench.ts. */
export const measureKeyStore = () =>
  withTempFolder(async (folder) => {
    const simulator = await startSimulator({ randomSeed: SEED });
    trustTestServer({ url: simulator.url, noiseRootKey: simulator.noiseRootKey });
    const recording = await recordSession(simulator, { contactCount: CONTACTS, messageCount: MESSAGES });
    await simulator.stop();
    printHeading("Key store: pairing and 100 messages, ms", [
      `seed ${SEED}; ${ROUNDS - 1} rounds in turns after one to warm up`,
      `pairing: ${describe(recording.pairing)}`,
      `messages: ${describe(recording.messages)}`,
    ]);
    const probe = await installDriverProbe(`file:${join(folder, "probe.db")}`);
    const installation = await openBenchInstallation(folder);
    const [files, ours]: [Times, Times] = [newTimes(), newTimes()];
    let driver = { beginMs: 0, statementsMs: 0, commitMs: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const isCounted = round > 0;
      await replay(recording, await openFiles(join(folder, `files-${round}`)), isCounted ? files : newTimes());
      const target = await openOurs(installation, `bot ${round}`);
      probe.read();
      await replay(recording, target, isCounted ? ours : newTimes());
      driver = probe.read();
    }
    await installation.close();

    const total = ({ pairing, messages }: Times) => pairing.map((value, index) => value + (messages[index] ?? 0));
    const row = (name: string, times: Times) => ({
      "p50 of rounds": name,
      pairing: format(median(times.pairing)),
      "100 messages": format(median(times.messages)),
      both: format(median(total(times))),
    });
    const ratio = {
      "p50 of rounds": "ratio",
      pairing: format(medianRatio(files.pairing, ours.pairing)),
      "100 messages": format(medianRatio(files.messages, ours.messages)),
      both: format(medianRatio(total(files), total(ours))),
    };
    printTable([row("useMultiFileAuthState", files), row("our auth state", ours), ratio]);
    printGoal(medianRatio(total(files), total(ours)), { atMost: 0.5 });
    const { beginMs, statementsMs, commitMs } = driver;
    console.log(
      `  ours, last round: ${format(total(ours).at(-1) ?? 0)} ms, of which in the driver: begin ${format(beginMs)}, ` +
        `statements ${format(statementsMs)}, commit (fsync) ${format(commitMs)}`,
    );
  });

function newTimes(): Times {
  return { pairing: [], messages: [] };
}

async function openFiles(folder: string): Promise<Target> {
  const { state, saveCreds } = await useMultiFileAuthState(folder);
  return {
    write: (write) => {
      if (write.kind === "keys") return Promise.resolve(state.keys.set(write.data));
      Object.assign(state.creds, write.creds);
      return saveCreds();
    },
    close: () => Promise.resolve(),
  };
}

async function openOurs(installation: BenchInstallation, name: string): Promise<Target> {
  const lease = await installation.acquire(await installation.addBot(name));
  const store = openRecordStore(installation.ctx, lease, lease.authRevision);
  const state = await openBotAuthState(store, { whenMissing: "mint" });
  return {
    write: (write) => {
      if (write.kind === "keys") return Promise.resolve(state.auth.keys.set(write.data));
      Object.assign(state.auth.creds, write.creds);
      return state.flush();
    },
    close: () => state.close(),
  };
}

async function replay(recording: Recording, target: Target, times: Times): Promise<void> {
  for (const part of ["pairing", "messages"] as const) {
    const writes = readWrites(recording[part]);
    const startedAtMs = performance.now();
    for (const write of writes) await target.write(write);
    times[part].push(performance.now() - startedAtMs);
  }
  await target.close();
}

function describe(texts: readonly string[]): string {
  const writes = readWrites(texts);
  const keys = writes.flatMap((write) => (write.kind === "keys" ? [write.data] : []));
  const records = keys.flatMap((data) => Object.values(data)).flatMap((values) => Object.keys(values ?? {}));
  return `${keys.length} keys.set calls with ${records.length} records, ${writes.length - keys.length} times credentials`;
}
