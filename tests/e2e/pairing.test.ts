import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { SimulatedContact } from "../simulator/index.ts";
import { stanza } from "../simulator/wire/binary-node.ts";
import {
  createBot,
  epochOf,
  getBot,
  type PairedBot,
  pairByCode,
  pairByQr,
  requestPairing,
  waitForPairing,
  waitForReturn,
  waitForState,
} from "./support/bots.ts";
import { blocksOf, enableScreening, REPLY, waitForCall } from "./support/calls.ts";
import { ADMIN, Installation } from "./support/installation.ts";
import { DEADLINE_MS, eventually } from "./support/poll.ts";
import { runSb } from "./support/sb.ts";

let installation: Installation;
let frontDesk: PairedBot;
let nightDesk: PairedBot;

beforeAll(async () => {
  installation = await Installation.start();
});

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
});

test("sb setup makes the first admin with the code of the first start, and the code is good once", async () => {
  const code = await installation.readSetupCode();
  const credentialsFile = join(installation.dataDir, "sb-credentials.json");
  const env = { SB_URL: installation.product.apiUrl, SB_CONFIG: credentialsFile, DATA_DIR: installation.dataDir };
  const args = ["setup", "--email", ADMIN.email, "--name", ADMIN.name, "--team", "Home", "--password-stdin"];
  expect(await runSb(args, env, `${ADMIN.password}\n`)).toMatchObject({ email: ADMIN.email, role: "owner" });
  installation.secrets.add("password", ADMIN.password);
  const stored = z.object({ token: z.string() }).parse(JSON.parse(await readFile(credentialsFile, "utf8")));
  installation.actAs(stored.token);
  expect(await runSb(["bots", "list"], env)).toMatchObject({ items: [] });
  const again = { code, ...ADMIN, email: "eve@example.org", teamName: "Eve" };
  expect(await installation.restAs(null).ask("POST", "/api/setup", again)).toMatchObject({
    status: 409,
    body: { code: "already-set-up" },
  });
});

test("a bot is linked by its QR code and another by a pairing code; both are online and their holder is shown", async () => {
  const { simulator } = installation;
  frontDesk = await pairByQr(installation, "Front desk", simulator.createPhone({ phoneNumber: "4915100000001" }));
  nightDesk = await pairByCode(installation, "Night desk", simulator.createPhone({ phoneNumber: "4915100000002" }));
  for (const { id, phone, device } of [frontDesk, nightDesk]) {
    const holder = { kind: "worker", id: "worker-1" };
    const account = { phoneNumber: phone.phoneNumber, lid: phone.lid.split("@")[0] };
    expect(await getBot(installation, id)).toMatchObject({ state: "online", linked: true, holder, ...account });
    expect(await waitForPairing(installation, id, "linked")).not.toHaveProperty("qr");
    expect(device.isOnline).toBe(true);
  }
});

test("a pairing that WhatsApp refuses ends with its reason, and the bot can be paired afterwards", async () => {
  const { id } = await createBot(installation, "Refused");
  await requestPairing(installation, id, { method: "qr" });
  await waitForPairing(installation, id, "qr");
  refusePairings(403);
  const failed = await waitForPairing(installation, id, "failed");
  expect(failed).toMatchObject({ reason: "refused" });
  expect(failed).not.toHaveProperty("qr");
  expect(await waitForState(installation, id, "stopped")).toMatchObject({ linked: false, reason: "pairing-failed" });
  await requestPairing(installation, id, { method: "qr" });
  await waitForPairing(installation, id, "qr");
  await installation.rest.done("DELETE", `/api/bots/${id}`, { confirm: "Refused" });
});

test("a cancelled pairing shows nothing more, ends its connection and leaves the bot stopped", async () => {
  const { id } = await createBot(installation, "Cancelled");
  await requestPairing(installation, id, { method: "qr" });
  const { qr = "" } = await waitForPairing(installation, id, "qr");
  await installation.rest.done("DELETE", `/api/bots/${id}/pairing`);
  expect(await waitForPairing(installation, id, "idle")).not.toHaveProperty("qr");
  await eventually(
    () => getBot(installation, id),
    ({ holder, state }) => holder === null && state === "stopped",
  );
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000009" });
  await expect(phone.scanQr(qr)).rejects.toThrow();
});

test("after kill -9 of the worker both bots come back without pairing and turn a blocked caller away", async () => {
  for (const { id } of [frontDesk, nightDesk]) await enableScreening(installation, id);
  const before = await epochs();
  const killed = installation.product.pidOf("worker");
  process.kill(killed, "SIGKILL");
  await installation.product.waitForLine(new RegExp(`^start +worker started \\(process (?!${killed}\\))`));
  await waitForBoth(before);
  await expectBlockedCallsRejected();
});

test("WhatsApp with a certificate of a foreign root is refused: no bot goes online, and each says why", async () => {
  await installation.stopProduct();
  const { position } = installation.simulator.transcript;
  await installation.startProduct({ WHATSAPP_NOISE_ROOT_KEY: randomBytes(32).toString("base64") });
  for (const { id, device } of [frontDesk, nightDesk]) {
    const isRefused = ({ state, reason }: { state: string; reason: string | null }) =>
      state === "backing-off" && reason !== null && reason !== "worker-shutdown";
    const refused = await eventually(() => getBot(installation, id), isRefused);
    expect(refused).toMatchObject({ reason: "server-not-trusted", linked: true });
    expect(device.isOnline).toBe(false);
  }
  const kinds = installation.simulator.transcript.events
    .filter(({ sequence }) => sequence > position)
    .map(({ kind }) => kind);
  expect(kinds).toContain("connected");
  expect(kinds).not.toContain("online");
});

test("a stop and a start on the same data bring both bots back without pairing, and they turn a caller away", async () => {
  const before = await epochs();
  await installation.stopProduct();
  await installation.startProduct();
  await waitForBoth(before);
  await expectBlockedCallsRejected();
});

test("the lines of all runs hold no secret, and the server saw no rule broken", async () => {
  await installation.stopProduct();
  expect(installation.secrets.count).toBeGreaterThanOrEqual(4);
  expect(installation.secrets.leakedInto(installation.logs)).toEqual([]);
  installation.simulator.assertClean();
});

/** Ends every connection that is not logged in as WhatsApp does when it refuses to link a device. */
function refusePairings(reason: number): void {
  for (const connection of installation.simulator.world.connections) {
    if (connection.device !== null) continue;
    connection.send(stanza("failure", { reason: String(reason) }));
    connection.close();
  }
}

async function epochs(): Promise<Map<string, number>> {
  const bots = [frontDesk, nightDesk];
  return new Map(await Promise.all(bots.map(async ({ id }) => [id, await epochOf(installation, id)] as const)));
}

async function waitForBoth(before: Map<string, number>): Promise<void> {
  for (const bot of [frontDesk, nightDesk]) {
    expect(await waitForReturn(installation, bot, before.get(bot.id) ?? 0)).toMatchObject({ linked: true });
    expect(bot.phone.devices).toEqual([bot.device]);
  }
}

async function expectBlockedCallsRejected(): Promise<void> {
  for (const bot of [frontDesk, nightDesk]) {
    const caller: SimulatedContact = installation.simulator.createContact({ name: "Mallory" });
    await installation.rest.done("POST", `/api/bots/${bot.id}/blocked-contacts`, { phoneNumber: caller.phoneNumber });
    const call = caller.placeCall(bot.phone);
    await call.waitRejected(DEADLINE_MS);
    await caller.waitForText(({ text }) => text === REPLY, DEADLINE_MS);
    const shown = await waitForCall(installation, bot, call, ({ replyStatus }) => replyStatus !== "pending");
    expect(shown).toMatchObject({ outcome: "blocked", reason: "blocked-manual", rejectStatus: "confirmed" });
    expect((await blocksOf(installation, bot)).map(({ phoneNumber }) => phoneNumber)).toContain(caller.phoneNumber);
  }
}
