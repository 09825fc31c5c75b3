import type { OpenClient } from "./clients.ts";
import { makeMedium } from "./medium.ts";
import { makeRandom, type Random } from "./random.ts";
import { World } from "./world.ts";

const CONTACTS = 4;
const GROUP_ID = "120363000000000000@g.us";
/** How often everything is let come to rest, in steps. */
const STEPS_BETWEEN_RESTS = 16;
/** Group messages are signed in pure JavaScript, 10 ms of CPU for each reader: not every seed sends them. */
const SEEDS_PER_GROUP_SEED = 4;
const LATENCY_MS_MAX = 3;
const KILLS_PER_STEP = 0.04;
const KILLS_PER_SEND = 0.04;

export interface MachineOptions {
  readonly seed: number;
  readonly steps: number;
  readonly openClient: OpenClient;
  readonly withKills: boolean;
}

/** What a run did and what went wrong in it. */
export interface MachineReport {
  readonly sent: number;
  readonly received: number;
  readonly kills: number;
  readonly spentRedeliveries: number;
  /** Privacy tokens that became durable: each is written after its transaction is over. */
  readonly tokens: number;
  readonly violations: Violations;
}

/** All empty after a good run. */
export interface Violations {
  readonly reusedCounters: readonly string[];
  readonly prematureSends: readonly string[];
  readonly reissuedPreKeys: readonly string[];
  readonly contactFailures: readonly string[];
  readonly botFailures: readonly string[];
  readonly unexpectedErrors: readonly string[];
  readonly unacknowledged: number;
}

/** Lets a bot and its contacts write to each other at random, several at a time, over slow stores and a slow network. */
export async function runMachine(options: MachineOptions): Promise<MachineReport> {
  const random = makeRandom(options.seed);
  const medium = makeMedium(random, LATENCY_MS_MAX);
  const world = new World({
    seed: options.seed,
    random,
    medium,
    openClient: options.openClient,
    contacts: CONTACTS,
    killsPerSend: options.withKills ? KILLS_PER_SEND : 0,
  });
  await world.start();
  for (let step = 1; step <= options.steps; step += 1) {
    await world.ready();
    takeStep(world, random, `message ${step}`, options.seed % SEEDS_PER_GROUP_SEED === 0);
    if (random.chance(0.5)) await medium();
    if (options.withKills && random.chance(KILLS_PER_STEP)) await world.kill();
    if (step % STEPS_BETWEEN_RESTS === 0) await world.settle();
  }
  await world.settle();
  world.stop();
  return report(world);
}

function takeStep(world: World, random: Random, text: string, withGroups: boolean): void {
  const contact = random.pick(world.contacts);
  const writer = random.pick([world.phone, ...world.contacts]);
  const die = random.below(100);
  const isGroup = withGroups && random.chance(0.15);
  if (die < 5) void world.act((socket) => socket.uploadPreKeys(5));
  else if (die < 60 && isGroup) void world.act((socket) => socket.relayToGroup(GROUP_ID, groupMembers(world), text));
  else if (die < 60) void world.act((socket) => socket.relay([contact.pn ?? contact.lid, world.phone.lid], text));
  else void world.contactWrites(writer, text, isGroup ? GROUP_ID : undefined);
}

function groupMembers(world: World): string[] {
  return [world.phone, ...world.contacts.slice(0, 3)].map(({ lid }) => lid);
}

function report(world: World): MachineReport {
  return {
    sent: world.wire.sent,
    received: world.received,
    kills: world.kills,
    spentRedeliveries: world.spentRedeliveries,
    tokens: [...world.disk.records.values()].filter(({ type }) => type === "tctoken").length,
    violations: violationsOf(world),
  };
}

/** What went wrong in a world so far. */
export function violationsOf(world: World): Violations {
  return {
    reusedCounters: world.wire.reused,
    prematureSends: world.wire.premature,
    reissuedPreKeys: world.wire.reissuedPreKeys,
    contactFailures: world.contactFailures(),
    botFailures: world.botFailures,
    unexpectedErrors: world.unexpected,
    unacknowledged: world.mailbox.size,
  };
}
