import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceContext } from "@switchboard/core/context";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { readHeldAuthState } from "@switchboard/core/services/auth-state/read-auth-state";
import { acquireForWorker, releaseForWorker } from "@switchboard/core/services/custody/worker-leases";
import { type BotId, custody } from "@switchboard/db/schema";
import { recoverAfterUncleanEnd } from "../../worker/src/whatsapp/auth/recover-after-unclean-end.ts";
import { addSession, createMachine, type TestMachine } from "../integration/maintenance/support.ts";
import { openSwitchboard } from "./clients.ts";
import { makeMedium } from "./medium.ts";
import { makeRandom, type Random } from "./random.ts";
import { World } from "./world.ts";

const GROUP_ID = "120363000000000003@g.us";
const SEEDS_FROM = 500_000;

/** What came of a number of restores. */
export interface RestoreReport {
  readonly restores: number;
  /** Messages that left, those of lost times included. */
  readonly sent: number;
  /** The most messages of one conversation that were lost at once. */
  readonly lostMax: number;
  readonly reusedCounters: readonly string[];
  readonly reissuedPreKeys: readonly string[];
  /** What contacts could not read. */
  readonly contactFailures: readonly string[];
  readonly unexpected: readonly string[];
  /** Restores after which the next holder was not told to recover. */
  readonly unrecovered: number;
}

/**
 * A bot that talks, is backed up now and then, goes on talking, and is put back by the commands of the machine; every other
 * time from a backup that was put back before. Its contacts and the ciphertexts are those of the other figures; the backups and
 * restores are the product's, on a database of their own.
 */
export async function runRestores(seed: number, restores: number): Promise<RestoreReport> {
  const random = makeRandom(seed);
  const medium = makeMedium(random, 0);
  const world = new World({
    seed: SEEDS_FROM + seed,
    random,
    medium,
    openClient: openSwitchboard,
    contacts: 2,
    killsPerSend: 0,
  });
  const machine = await createMachine();
  let [unrecovered, lostMax] = [0, 0];
  try {
    const ctx = await machine.open();
    const botId = await addSession(ctx, 0);
    await ctx.db.close();
    await talk(world, random, 2);
    await store(machine, botId, world);
    for (let round = 0; round < restores; round += 1) {
      if (round % 2 === 0) await backUp(machine, round);
      // Now and then more than a recovery without a restore would pass over.
      const lost = 1 + random.below(random.chance(0.2) ? 100 : 8);
      lostMax = Math.max(lostMax, lost);
      await talk(world, random, lost);
      await store(machine, botId, world);
      unrecovered += (await putBack(machine, botId, world, round - (round % 2))) ? 0 : 1;
      await talk(world, random, 2);
      await store(machine, botId, world);
    }
  } finally {
    await machine.dispose();
  }
  const { sent, reused, reissuedPreKeys } = world.wire;
  const failures = { reusedCounters: reused, reissuedPreKeys, contactFailures: world.contactFailures() };
  return { restores, sent, lostMax, ...failures, unexpected: world.unexpected, unrecovered };
}

/** So many messages to each contact and the phone, one to the group, and an answer of somebody. */
async function talk(world: World, random: Random, messages: number): Promise<void> {
  await world.start();
  for (let count = 0; count < messages; count += 1)
    for (const contact of world.contacts)
      await world.act((socket) => socket.relay([contact.pn ?? contact.lid, world.phone.lid], `message ${count}`));
  const members = world.contacts.map(({ lid }) => lid);
  await world.act((socket) => socket.relayToGroup(GROUP_ID, members, "to all"));
  await world.settle();
  if (random.chance(0.5)) {
    await world.act((socket) => socket.uploadPreKeys(5));
    await world.contactWrites(random.pick(world.contacts), "an answer");
    await world.settle();
  }
  world.stop();
}

/** Brings the database to what the bot has stored. */
async function store(machine: TestMachine, botId: BotId, { disk }: World): Promise<void> {
  await withInstallation(machine, async (ctx) => {
    const lease = await take(ctx, botId);
    const { keys } = await readHeldAuthState(ctx, lease);
    const gone = [...keys].flatMap(([type, values]) =>
      [...values.keys()]
        .filter((id) => disk.records.get(`${type}:${id}`)?.value == null)
        .map((id) => ({ type, id, value: null })),
    );
    const records = [...disk.records.values(), ...gone];
    await openRecordStore(ctx, lease, lease.authRevision).commit({ creds: disk.creds, records });
    await releaseForWorker(ctx, lease, true);
  });
}

const folderOf = (round: number): string => join("backups", String(round));

async function backUp(machine: TestMachine, round: number): Promise<void> {
  await mkdir(join(machine.dataDir, "backups"), { recursive: true });
  await mustSucceed(machine, "backup", folderOf(round));
}

/** Restores, and recovers as a worker does. false: the next holder was not told to. */
async function putBack(machine: TestMachine, botId: BotId, { disk }: World, round: number): Promise<boolean> {
  await mustSucceed(machine, "restore", folderOf(round), "--force", "--even-if-running");
  return withInstallation(machine, async (ctx) => {
    const lease = await take(ctx, botId);
    const before = await readHeldAuthState(ctx, lease);
    const batch = recoverAfterUncleanEnd({ creds: before.creds ?? "", records: recordsOf(before.keys) });
    await openRecordStore(ctx, lease, lease.authRevision).commit(batch);
    const after = await readHeldAuthState(ctx, lease);
    disk.restore({
      creds: after.creds,
      records: new Map(recordsOf(after.keys).map((record) => [`${record.type}:${record.id}`, record])),
    });
    await releaseForWorker(ctx, lease, true);
    return !lease.wasClean;
  });
}

const recordsOf = (keys: ReadonlyMap<string, ReadonlyMap<string, string>>) =>
  [...keys].flatMap(([type, values]) => Array.from(values, ([id, value]) => ({ type, id, value })));

/** Nobody waits for the lock-delay of a holder that is not there. */
async function take(ctx: ServiceContext, botId: BotId) {
  await ctx.db.write(async (tx) => {
    await tx.update(custody).set({ notBeforeMs: 0 });
  });
  const lease = await acquireForWorker(ctx, { botId, workerId: "worker-1" });
  if (lease === null) throw new Error("the bot is held");
  return lease;
}

async function withInstallation<T>(machine: TestMachine, work: (ctx: ServiceContext) => Promise<T>): Promise<T> {
  const ctx = await machine.open();
  try {
    return await work(ctx);
  } finally {
    await ctx.db.close();
  }
}

async function mustSucceed(machine: TestMachine, ...args: string[]): Promise<void> {
  const { exitCode, stderr } = await machine.maintain(...args);
  if (exitCode !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
}
