import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { trustTestServer } from "../../../worker/src/whatsapp/whatsapp-server.ts";
import { openBenchInstallation } from "../../bench/lib/installation.ts";
import { type LinkedAccount, linkAccount } from "../../bench/lib/linked-accounts.ts";
import { type Program, startProgram } from "../../bench/lib/program.ts";
import { type SimulatedContact, type Simulator, startSimulator } from "../../simulator/index.ts";
import { until } from "./support/until.ts";

describe("a holder that is killed between the decryption of a message and its receipt", { timeout: 120_000 }, () => {
  let folder: string;
  let simulator: Simulator;
  let contact: SimulatedContact;
  let account: LinkedAccount;
  let botId: string;
  const programs: Program[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "switchboard-killed-"));
    simulator = await startSimulator();
    trustTestServer(simulator);
    contact = simulator.createContact({ name: "Ada" });
    account = await linkAccount(simulator, "34600006001", [contact]);
    const installation = await openBenchInstallation(folder);
    botId = await installation.addLinkedBot("killed", account);
    await installation.close();
  });
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.stop()));
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (...options: string[]): Program => {
    const { url, noiseRootKey } = simulator;
    const program = startProgram({
      script: "tests/integration/worker/children/killed-holder.ts",
      args: ["--folder", folder, "--bot", botId, "--url", url, "--root-key", noiseRootKey, ...options],
    });
    programs.push(program);
    return program;
  };
  const startOnline = async (...options: string[]): Promise<Program> => {
    const program = start(...options);
    await program.waitForLine((line) => line === "online");
    return program;
  };
  /** Starts a holder that is killed at its n-th message, has these sent to it, and resolves when it is dead. */
  const killAt = async (count: number, ...texts: string[]): Promise<string[]> => {
    const { position } = simulator.transcript;
    start("--killed-at", String(count));
    await simulator.transcript.waitFor(({ kind }) => kind === "login", undefined, position);
    const ids: string[] = [];
    for (const text of texts) ids.push(await send(text));
    await simulator.transcript.waitFor(({ kind }) => kind === "closed", undefined, position);
    return ids;
  };
  const send = (text: string) => contact.sendText(account.phone, text);
  /** What the device said of a message, in the order in which it was said. */
  const answersTo = (id: string) =>
    simulator.transcript.events
      .filter(
        ({ kind, detail }) => (kind === "acked" || kind === "receipt" || kind === "retry-asked") && detail.id === id,
      )
      .map(({ kind, detail }) => `${kind} ${detail.error ?? detail.type ?? ""}`.trim());
  const untilAnswered = (id: string) => until(() => answersTo(id).length > 0);

  // Until the bot has answered, each message of a contact opens the session once more; a second try of those is refused for good.
  it("loses no message: the next holder decrypts it again and answers it once, in a new and in an old conversation", async () => {
    const ids = await killAt(1, "one", "two");
    const next = await startOnline("--answers");
    for (const id of ids) await untilAnswered(id);
    const third = await send("three");
    await next.waitForLine((line) => line === `answered ${third}`);
    await next.stop();
    ids.push(...(await killAt(1, "four")));
    await startOnline();
    for (const id of ids) {
      await untilAnswered(id);
      expect(answersTo(id)).toEqual(["receipt inactive"]);
    }
    simulator.assertClean();
  });
});
