/**
 * From the offer of a call on the wire to the reject frame at the server: a bare Baileys client that rejects in its
 * `call` handler against our worker, which first screens the call and has it durably logged. Both are processes of their
 * own on one simulator and take turns, call by call. Goal: at most 1.1 times the bare client.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type SimulatedContact, type SimulatedPhone, startSimulator } from "../simulator/index.ts";
import { openBenchInstallation } from "./lib/installation.ts";
import { linkAccount } from "./lib/linked-accounts.ts";
import { startProgram } from "./lib/program.ts";
import { printGoal, printHeading, printTable } from "./lib/report.ts";
import { format, median, spread } from "./lib/statistics.ts";
import { withTempFolder } from "./lib/temp-folder.ts";
import { startWorkerProgram } from "./lib/worker-program.ts";

const SEED = 1;
const WARM_UP_CALLS = 40;
const CALLS = 200;
const CALLERS = 10;
/** Calls are rare: each finds both processes idle, also done with what follows a reject. */
const GAP_MS = 25;

await withTempFolder(async (folder) => {
  printHeading("Call offer to reject frame, ms", [
    `seed ${SEED}; ${CALLS} calls each by LID after ${WARM_UP_CALLS} to warm up, in turns, ${GAP_MS} ms apart`,
  ]);
  const simulator = await startSimulator({ randomSeed: SEED });
  const callers = Array.from({ length: CALLERS }, () => simulator.createContact({}));
  const bare = await linkAccount(simulator, "4915100000001", callers);
  const ours = await linkAccount(simulator, "4915100000002", callers);
  const credsFile = join(folder, "bare.json");
  await writeFile(credsFile, bare.saved, { mode: 0o600 });
  const installation = await openBenchInstallation(folder);
  await installation.addLinkedBot("ours", ours);
  await installation.close();

  const args = ["--url", simulator.url, "--creds", credsFile];
  const bareProgram = startProgram({ script: "tests/simulator/testing/bare-bot-process.ts", args });
  const worker = await startWorkerProgram(join(folder, "data"), simulator);
  await Promise.all([bare.phone.waitOnline(bare.device, 30_000), ours.phone.waitOnline(ours.device, 30_000)]);

  const times: Record<"bare" | "ours", number[]> = { bare: [], ours: [] };
  let screenedBefore = await worker.readScreening();
  for (let turn = 0; turn < WARM_UP_CALLS + CALLS; turn += 1) {
    if (turn === WARM_UP_CALLS) screenedBefore = await worker.readScreening();
    const caller = callers[turn % CALLERS];
    if (caller === undefined) throw new Error("no caller");
    const timesOfTurn = {
      bare: await timeCall(caller, bare.phone),
      ours: await timeCall(caller, ours.phone),
    };
    if (turn < WARM_UP_CALLS) continue;
    times.bare.push(timesOfTurn.bare);
    times.ours.push(timesOfTurn.ours);
  }
  const screened = await worker.readScreening();
  await worker.stop();
  await bareProgram.stop();
  await simulator.stop();

  printTable([
    { "": "bare Baileys", ...spread(times.bare) },
    { "": "our worker, call logged", ...spread(times.ours) },
  ]);
  printGoal(median(times.ours) / median(times.bare), { atMost: 1.1 });
  const screeningMs = ((screened.seconds - screenedBefore.seconds) * 1000) / (screened.count - screenedBefore.count);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  console.log(
    `  means: bare ${format(mean(times.bare))}, ours ${format(mean(times.ours))}, of which stanza to durable decision ` +
      `${format(screeningMs)} (what a call-to-decision costs by itself: screen-call.bench.ts)`,
  );
});

async function timeCall(caller: SimulatedContact, phone: SimulatedPhone): Promise<number> {
  const call = caller.placeCall(phone, { as: "lid" });
  const reject = await call.waitRejectSeen();
  await call.waitSettled();
  await pause(GAP_MS);
  return reject.seenAtMs - call.offerSentAtMs;
}
