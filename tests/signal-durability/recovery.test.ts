import "../../worker/src/whatsapp/repairs/install.ts";
import { describe, expect, it } from "vitest";
import { CHAIN_MESSAGES_MAX } from "../../worker/src/journal/chain-limit.ts";
import { RECOVERY_MESSAGES, recoverAfterUncleanEnd } from "../../worker/src/whatsapp/auth/recover-after-unclean-end.ts";
import { openSwitchboard } from "./clients.ts";
import type { Contact } from "./contact.ts";
import type { Disk } from "./disk.ts";
import { makeMedium } from "./medium.ts";
import { makeRandom } from "./random.ts";
import { World } from "./world.ts";

const GROUP_ID = "120363000000000002@g.us";
const RECOVERY_SEEDS_FROM = 400_000;
const TIMEOUT_MS = 60_000;

/** A bot that sent messages from a state which was then replaced by an older one, and goes on from there. */
async function goOnFromBackup(
  index: number,
  lose: (world: World) => Promise<void>,
  recover: (disk: Disk) => void,
  beforeBackup: (disk: Disk) => void = () => undefined,
): Promise<World> {
  const random = makeRandom(index);
  const world = new World({
    seed: RECOVERY_SEEDS_FROM + index,
    random,
    medium: makeMedium(random, 0),
    openClient: openSwitchboard,
    contacts: 2,
    killsPerSend: 0,
  });
  await world.start();
  await sendToAll(world, "before the backup");
  for (const contact of world.contacts) await world.contactWrites(contact, "an answer");
  await world.settle();
  await sendToAll(world, "after the answers");
  world.stop();
  beforeBackup(world.disk);
  const backup = world.disk.backUp();
  await world.start();
  await lose(world);
  world.stop();
  world.disk.restore(backup);
  recover(world.disk);
  await world.start();
  for (let message = 0; message < 6; message += 1) await sendToAll(world, `after the restore ${message}`);
  world.stop();
  return world;
}

async function sendToAll(world: World, text: string): Promise<void> {
  await sendToEach(world, text);
  await sendToGroup(world, text, world.contacts);
  await world.settle();
}

/** One message for each contact; the phone gets them all. */
async function sendToEach(world: World, text: string): Promise<void> {
  for (const contact of world.contacts) {
    await world.act((socket) => socket.relay([contact.pn ?? contact.lid, world.phone.lid], text));
  }
}

async function sendToGroup(world: World, text: string, readers: readonly Contact[]): Promise<void> {
  const members = readers.map(({ lid }) => lid);
  await world.act((socket) => socket.relayToGroup(GROUP_ID, members, text));
}

async function loseSome(world: World): Promise<void> {
  for (let message = 0; message < 3; message += 1) await sendToAll(world, `lost ${message}`);
}

/** As far as a holder may go without its database, on every chain: the phone's, each contact's and the group's. */
async function loseAnOutage(world: World): Promise<void> {
  for (const contact of world.contacts)
    for (let sent = 0; sent < CHAIN_MESSAGES_MAX / world.contacts.length; sent += 1)
      await world.act((socket) => socket.relay([contact.pn ?? contact.lid, world.phone.lid], `lost ${sent}`));
  const readers = world.contacts.slice(0, 1);
  for (let sent = 0; sent < CHAIN_MESSAGES_MAX; sent += 1) await sendToGroup(world, `group lost ${sent}`, readers);
  await world.settle();
}

/** As many messages to the phone as recovery covers, and more group messages than half of that: each takes two steps. */
async function loseWholeWindow(world: World): Promise<void> {
  for (let sent = 0; sent < RECOVERY_MESSAGES; sent += world.contacts.length) await sendToEach(world, `lost ${sent}`);
  const readers = world.contacts.slice(0, 1);
  for (let sent = 0; sent < RECOVERY_MESSAGES * 0.6; sent += 1) await sendToGroup(world, `group lost ${sent}`, readers);
  await world.settle();
}

function runRecovery(disk: Disk): void {
  const stored = [...disk.records.values()].flatMap(({ value, ...record }) =>
    value === null ? [] : [{ ...record, value }],
  );
  const batch = recoverAfterUncleanEnd({ creds: disk.creds ?? "", records: stored });
  disk.apply(disk.begin(batch));
}

describe("going on from a state that is older than what was sent", () => {
  it("uses message keys twice and is not understood without recovery", { timeout: TIMEOUT_MS }, async () => {
    const world = await goOnFromBackup(1, loseSome, () => undefined);
    expect(world.wire.reused.length).toBeGreaterThan(0);
    expect(world.contactFailures().length).toBeGreaterThan(0);
  });

  it("is understood by every contact and the group after recovery", { timeout: TIMEOUT_MS }, async () => {
    const world = await goOnFromBackup(2, loseSome, runRecovery);
    expect(world.wire.reused).toEqual([]);
    expect(world.contactFailures()).toEqual([]);
    expect(world.unexpected).toEqual([]);
  });

  it("covers what a holder may send without its database, with the group's", { timeout: TIMEOUT_MS }, async () => {
    const world = await goOnFromBackup(4, loseAnOutage, runRecovery);
    expect(world.wire.reused).toEqual([]);
    expect(world.contactFailures()).toEqual([]);
    expect(world.unexpected).toEqual([]);
  });

  it("holds when the older state had been recovered itself and not been used since", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const world = await goOnFromBackup(5, loseSome, runRecovery, runRecovery);
    expect(world.wire.reused).toEqual([]);
    expect(world.contactFailures()).toEqual([]);
  });

  it("covers a whole window of lost messages", { timeout: TIMEOUT_MS }, async () => {
    const world = await goOnFromBackup(3, loseWholeWindow, runRecovery);
    expect(world.wire.reused).toEqual([]);
    expect(world.contactFailures()).toEqual([]);
  });
});
