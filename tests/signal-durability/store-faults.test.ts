import "../../worker/src/whatsapp/repairs/install.ts";
import { describe, expect, it } from "vitest";
import { AuthStateDeadError } from "../../worker/src/whatsapp/auth/errors.ts";
import { openSwitchboard } from "./clients.ts";
import type { CommitFault } from "./disk.ts";
import { violationsOf } from "./machine.ts";
import { makeMedium } from "./medium.ts";
import { makeRandom } from "./random.ts";
import { World } from "./world.ts";

const MESSAGES = 20;
/** What the next life still has to do: both directions with every contact. */
const MESSAGES_AFTERWARDS = 4;
const GROUP_ID = "120363000000000001@g.us";
const FAULT_SEEDS_FROM = 300_000;
/** Enough for the whole series on a slow machine. */
const TIMEOUT_MS = 240_000;

function makeWorld(index: number): World {
  const random = makeRandom(index);
  return new World({
    seed: FAULT_SEEDS_FROM + index,
    random,
    medium: makeMedium(random, 0),
    openClient: openSwitchboard,
    contacts: 2,
    killsPerSend: 0,
  });
}

/** So many messages, one after the other; resolves early, with the number of the next one, when the life dies. */
async function converse(world: World, from: number, messages: number): Promise<number> {
  for (let message = from; message < from + messages; message += 1) {
    await sendMessage(world, message);
    await world.settle();
    if (world.life.client.isDead()) return message + 1;
  }
  return from + messages;
}

function sendMessage(world: World, message: number): Promise<void> {
  const text = `message ${message}`;
  const contact = world.contacts[message % world.contacts.length] ?? world.phone;
  if (message === 10) return world.act((socket) => socket.uploadPreKeys(5));
  if (message === 14) return world.act((socket) => socket.relayToGroup(GROUP_ID, [contact.lid, world.phone.lid], text));
  if (message % 2 === 0) return world.contactWrites(contact, text);
  return world.act((socket) => socket.relay([contact.pn ?? contact.lid, world.phone.lid], text));
}

async function countCommits(): Promise<number> {
  const world = makeWorld(0);
  await world.start();
  await converse(world, 0, MESSAGES);
  const { commits } = world.life.disk;
  world.stop();
  return commits;
}

/** Linking and messages with one failing commit; everything the first life does after it must come to nothing. */
async function runWithFault(index: number, fault: CommitFault): Promise<void> {
  const world = makeWorld(index);
  const linked = await world.start(fault).then(
    () => true,
    () => false,
  );
  const next = linked ? await converse(world, 0, MESSAGES) : 0;
  if (linked) await expectDeath(world);
  world.stop();
  await world.start();
  await converse(world, next, MESSAGES_AFTERWARDS);
  world.stop();
  expect(world.wire.sent).toBeGreaterThan(0);
  expect(violationsOf(world)).toEqual({
    reusedCounters: [],
    prematureSends: [],
    reissuedPreKeys: [],
    contactFailures: [],
    botFailures: [],
    unexpectedErrors: [],
    unacknowledged: 0,
  });
}

/** A dead life: its socket was ended with the reason, and nothing it tries leaves. */
async function expectDeath(world: World): Promise<void> {
  const { client, socket } = world.life;
  const sentBefore = world.wire.sent;
  expect(client.isDead()).toBe(true);
  expect(socket.endedWith).toBeInstanceOf(AuthStateDeadError);
  await world.act(() => socket.relay([world.phone.lid], "after the death"));
  await expect(socket.uploadPreKeys(1)).rejects.toThrow(AuthStateDeadError);
  expect(world.wire.sent).toBe(sentBefore);
}

describe("a store that fails once", () => {
  it("ends the life at every commit of a short run, and the next life goes on", { timeout: TIMEOUT_MS }, async () => {
    const commits = await countCommits();
    expect(commits).toBeGreaterThan(MESSAGES);
    for (let at = 1; at <= commits; at += 1) {
      const faults = [true, false].map((isApplied) => runWithFault(at * 2 + Number(isApplied), { at, isApplied }));
      await Promise.all(faults);
    }
  });
});
