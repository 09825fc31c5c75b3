import { type PairingReport, reportBot, reportPairing } from "@switchboard/core/services/fleet/report-bot";
import { holdBot, type TestLease, workerContext } from "@switchboard/core/testing/factories";
import { namedBotId } from "@switchboard/core/testing/named-ids";
import { type BotId, botPairings } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { drawQr } from "../../../sdk/client/src/cli/qr-drawing.ts";
import { createSbTest, type SbOptions, type SbTest, signInOwner } from "./support.ts";

let sb: SbTest;
let team: Awaited<ReturnType<typeof signInOwner>>;
let botId: BotId;
let lease: TestLease;

beforeAll(async () => {
  sb = await createSbTest();
});
beforeEach(async () => {
  team = await signInOwner(sb);
  botId = namedBotId((await team.json(["bots", "create", "Desk"])).id);
  lease = await holdBot(sb.test, botId);
});
afterAll(() => sb.dispose());

const pair = (args: readonly string[] = [], options: SbOptions = {}) =>
  sb.start(["pair", "Desk", ...args], { ...options, env: { SB_TOKEN: team.owner.token, ...options.env } });

/** What the bot's worker reports of the attempt that runs. */
async function report(step: Partial<PairingReport>): Promise<void> {
  const [row] = await sb.test.db.reader.select().from(botPairings).where(eq(botPairings.botId, botId));
  const standard = { state: "waiting" as const, secret: null, expiresAtMs: null, reason: null };
  await reportPairing(workerContext(sb.test), lease, { ...standard, attemptId: row?.attemptId ?? "", ...step });
}

const showCode = (secret: string) => report({ state: "qr", secret, expiresAtMs: sb.test.clock.nowMs() + 20_000 });

async function link(): Promise<void> {
  await reportBot(workerContext(sb.test), lease, {
    state: "online",
    reason: null,
    isLinked: true,
    phoneNumber: "34600000000",
  });
  await report({ state: "linked" });
}

it("draws each new code, and ends well once the phone is linked", async () => {
  const run = pair();
  await run.says(/Asking WhatsApp for a code/);
  await showCode("2@first");
  await run.says(/Scan this for Desk/);
  await showCode("2@second");
  await run.says(new RegExp(drawQr("2@second", false)[5] ?? ""));
  await report({ state: "linking" });
  await run.says(/linking/);
  await link();
  const { exitCode, stdout } = await run.result;
  expect(exitCode).toBe(0);
  expect(stdout).toContain(drawQr("2@first", false).join("\n"));
  expect(stdout).toContain(drawQr("2@second", false).join("\n"));
  expect(stdout).toContain("Desk is linked to +34600000000.");
});

it("draws over the last code on a terminal, in black on white, with a countdown", async () => {
  const run = pair([], { isTty: true });
  await run.says(/Asking/);
  await showCode("2@first");
  await run.says(/A new code follows in \d+ s/);
  await link();
  const { stdout } = await run.result;
  const drawing = drawQr("2@first", true);
  expect(stdout).toContain(drawing.join("\n"));
  // One line of waiting is taken back, then the code, its sentence and its countdown.
  expect(stdout).toContain("\u001b[1A\u001b[J");
  expect(stdout).toContain(`\u001b[${drawing.length + 2}A\u001b[J`);
});

it("shows a code to type for a phone number", async () => {
  const run = pair(["--code", "+34 600 000 000"]);
  await run.says(/Asking/);
  await report({ state: "code", secret: "ABCD1234", expiresAtMs: sb.test.clock.nowMs() + 60_000 });
  await run.says(/ABCD-1234/);
  await link();
  expect((await run.result).exitCode).toBe(0);
});

it("refuses what is no phone number", async () => {
  const { exitCode, stderr } = await pair(["--code", "hello"]).result;
  expect(exitCode).toBe(2);
  expect(stderr).toContain("phoneNumber: Write the phone number with its country code");
});

describe("failures in words", () => {
  it.each([
    ["expired", "Nobody scanned or typed the code in time."],
    ["wrong-code", "The phone was given another code."],
    ["passkey-required", "passkey"],
    ["refused", "WhatsApp refused"],
    ["connection", "connection to WhatsApp broke"],
  ] as const)("%s", async (reason, words) => {
    const run = pair();
    await run.says(/Asking/);
    await report({ state: reason === "expired" ? "expired" : "failed", reason });
    const { exitCode, stderr } = await run.result;
    expect(exitCode).toBe(1);
    expect(stderr).toContain(words);
  });
});

it("cancels the pairing at Ctrl-C", async () => {
  const run = pair();
  await run.says(/Asking/);
  run.interrupt();
  const { exitCode, stderr } = await run.result;
  expect(exitCode).toBe(130);
  expect(stderr).toContain("The pairing is cancelled.");
  expect(await sb.test.db.reader.select().from(botPairings).where(eq(botPairings.botId, botId))).toEqual([]);
});

it("ends when somebody else cancels", async () => {
  const run = pair();
  await run.says(/Asking/);
  await sb.test.db.write(async (tx) => {
    await tx.delete(botPairings).where(eq(botPairings.botId, botId));
  });
  expect((await run.result).stderr).toContain("Somebody else cancelled");
});

it("does not pair a bot that is linked, and says what to do", async () => {
  await link();
  const { exitCode, stderr } = await pair().result;
  expect(exitCode).toBe(1);
  expect(stderr).toContain("sb bots logout");
});

it("writes one JSON document for each change with --json", async () => {
  const run = pair(["--json"]);
  await run.says(/waiting/);
  await showCode("2@first");
  await run.says(/2@first/);
  await link();
  const { exitCode, stdout, stderr } = await run.result;
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(lines.map(({ state }) => state)).toEqual(["waiting", "qr", "linked"]);
  expect(lines[1]).toMatchObject({ qr: "2@first", method: "qr" });
});
