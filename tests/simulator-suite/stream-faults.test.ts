import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BaileysClient } from "../simulator/testing/baileys-client.ts";
import { type LinkedBot, startLinkedBot } from "./support/linked-bot.ts";

let linked: LinkedBot;

beforeAll(async () => {
  linked = await startLinkedBot({
    config: { keepAliveIntervalMs: 100, connectTimeoutMs: 1_000, defaultQueryTimeoutMs: 1_000 },
  });
});

afterEach(() => linked.simulator.assertClean());
afterAll(() => linked.stop());

async function closeCode(provoke: () => void): Promise<number | undefined> {
  const { closeCodes } = linked.bot;
  const count = closeCodes.length;
  provoke();
  await linked.bot.until(() => closeCodes.length > count);
  return closeCodes[count];
}

async function comeBack(): Promise<void> {
  linked.bot.reconnect();
  await linked.bot.untilOpen();
}

describe("a stream ends with the code", () => {
  const faults = () => linked.simulator.faults;
  const cases: [number, string, () => void][] = [
    [503, "stream error 503", () => faults().streamError(linked.phone, 503)],
    [500, "stream error 500", () => faults().streamError(linked.phone, 500)],
    [440, "conflict", () => faults().conflict(linked.phone)],
    [402, "failure 402", () => faults().failure(linked.phone, 402)],
    [403, "failure 403", () => faults().failure(linked.phone, 403)],
    [405, "failure 405", () => faults().failure(linked.phone, 405)],
    [428, "xmlstreamend", () => faults().endStream(linked.phone)],
    [428, "orderly close", () => faults().close(linked.phone)],
    [428, "cut connection", () => faults().cut(linked.phone)],
  ];
  test.each(cases)("%i after %s, and the client can log in again", async (code, _name, provoke) => {
    expect(await closeCode(provoke)).toBe(code);
    await comeBack();
  });

  test("408 after a stall", async () => {
    expect(await closeCode(() => faults().stall(linked.phone))).toBe(408);
    await comeBack();
  });
});

test("515 makes the client log in again with the same device", async () => {
  linked.simulator.faults.streamError(linked.phone, 515);
  await linked.bot.until(() => !linked.bot.isOpen);
  await linked.bot.untilOpen();
});

test("a refused login closes with the reason", async () => {
  linked.simulator.faults.failNextLogin(linked.phone, 503);
  await closeCode(() => linked.simulator.faults.cut(linked.phone));
  expect(await closeCode(() => linked.bot.reconnect())).toBe(503);
  await comeBack();
});

test("a silent handshake closes with 408 when the client gives up", async () => {
  linked.simulator.faults.silentHandshake();
  await closeCode(() => linked.simulator.faults.cut(linked.phone));
  expect(await closeCode(() => linked.bot.reconnect())).toBe(408);
  await comeBack();
});

test("a refused upgrade gives the client no event at all until its owner ends it", async () => {
  linked.simulator.faults.refuseUpgrade(503);
  await closeCode(() => linked.simulator.faults.cut(linked.phone));
  const { position } = linked.simulator.transcript;
  const count = linked.bot.closeCodes.length;
  linked.bot.reconnect();
  await linked.simulator.transcript.waitFor(({ kind }) => kind === "upgrade-refused", undefined, position);
  expect(linked.bot.closeCodes).toHaveLength(count);
  expect(await closeCode(() => void linked.bot.sock.end(new Error("given up")))).toBeUndefined();
  await comeBack();
});

test("a query that is never answered resolves with nothing", async () => {
  linked.simulator.faults.dropQueries(linked.phone, "usync");
  expect(await linked.bot.sock.executeUSyncQuery(await usync())).toBeUndefined();
});

test("a second login of the device takes over from the first", async () => {
  const other = new BaileysClient({ url: linked.simulator.url, auth: linked.bot.auth });
  expect(await closeCode(() => undefined)).toBe(440);
  await other.untilOpen();
  await other.stop();
  await comeBack();
});

test("a device removed on the phone is told so and can never log in again", async () => {
  expect(await closeCode(() => linked.phone.unlink(linked.device))).toBe(401);
  expect(await closeCode(() => linked.bot.reconnect())).toBe(401);
  expect(linked.phone.devices).toEqual([]);
});

async function usync() {
  const { USyncQuery, USyncUser } = await import("@whiskeysockets/baileys");
  return new USyncQuery().withLIDProtocol().withUser(new USyncUser().withId(linked.phone.jid));
}
