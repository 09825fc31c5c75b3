import { databaseNowMs, LOCK_DELAY_MS } from "@switchboard/db/queries/custody";
import { custody } from "@switchboard/db/schema";
import type { WASocket } from "@whiskeysockets/baileys";
import { eq, sql } from "drizzle-orm";
import { decodeJwt } from "jose";
import type { SwitchboardSession } from "../../sdk/session/src/index.ts";
import { openSocket } from "../integration/sdk/support/open-socket.ts";
import { lostAnswer, type SdkWorld, type SeenRequest } from "../integration/sdk/support/sdk-world.ts";
import type { TestBot } from "../integration/worker/support/test-bot.ts";
import { until } from "../integration/worker/support/until.ts";
import type { Random } from "../signal-durability/random.ts";

/** What came of the hand-overs of one world, in milliseconds. */
export interface HandOverReport {
  /** From the wish to the next holder's lease. */
  readonly clean: number[];
  /** From the instant the lease ran out to the next one's grant. */
  readonly unclean: number[];
  /** Programs that were not killed and could not renew in time: those of a machine with too much to do. */
  readonly starved: string[];
  readonly violations: string[];
}

/** How many are wished for, of each kind. */
export interface HandOverPlan {
  readonly clean: number;
  readonly unclean: number;
  /** true: dead holders' leases are waited for; otherwise their ends are moved to long ago. */
  readonly isTimed: boolean;
  readonly ttlSeconds: number;
}

/** A program that holds the bot with its own connection. */
interface Program {
  readonly keyId: string;
  readonly secret: string;
  readonly session: SwitchboardSession;
  readonly socket: WASocket;
}

/** The programs of a world that were killed: nothing of theirs arrives any more. */
export class Graveyard {
  readonly #credentials = new Set<string>();

  bury({ keyId, secret }: Pick<Program, "keyId" | "secret">): void {
    this.#credentials.add(keyId).add(secret);
  }

  /** For the world's interceptor. */
  readonly answer = ({ headers }: SeenRequest, pass: () => Promise<Response>): Response | Promise<Response> => {
    const bearer = (headers.get("authorization") ?? "").replace(/^Bearer /, "");
    const name = bearer.split(".").length === 3 ? decodeJwt(bearer).sub : bearer;
    return this.#credentials.has(name ?? "") ? lostAnswer() : pass();
  };
}

/**
 * Hands one bot on, from worker to program, program to program and back, and kills programs, by the choices of `random`,
 * until the report holds as many as are wished for.
 */
export class HandOverRounds {
  readonly #world: SdkWorld;
  readonly #bot: TestBot;
  readonly #graveyard: Graveyard;
  readonly #plan: HandOverPlan;
  readonly #report: HandOverReport;
  #round = 0;
  #holder: Program | null = null;

  constructor(world: SdkWorld, bot: TestBot, graveyard: Graveyard, plan: HandOverPlan, report: HandOverReport) {
    this.#world = world;
    this.#bot = bot;
    this.#graveyard = graveyard;
    this.#plan = plan;
    this.#report = report;
  }

  async run(random: Random): Promise<void> {
    for (;;) {
      const { clean, unclean } = this.#report;
      const isCleanLeft = clean.length < this.#plan.clean;
      const isUncleanLeft = unclean.length < this.#plan.unclean;
      if (!isCleanLeft && !isUncleanLeft) return;
      this.#round += 1;
      this.#world.requests.length = 0;
      if (this.#holder === null) await this.#takeOver(null);
      else if (this.#holder.session.signal.aborted) await this.#follow(this.#holder);
      else if (isUncleanLeft && (!isCleanLeft || random.chance(0.6))) await this.#follow(this.#holder);
      else if (random.chance(0.5)) await this.#takeOver(this.#holder);
      else await this.#giveBack(this.#holder);
    }
  }

  /** From a worker, or from a program that lives. */
  async #takeOver(giver: Program | null): Promise<void> {
    const askedAtMs = Date.now();
    const taker = await this.#connect();
    const { session } = taker;
    const end = await giver?.session.ended;
    if (giver !== null && end?.reason === "lost") this.#noteStarved(session.wasClean);
    else {
      const revision = await this.#noteClean(session.epoch, askedAtMs);
      this.#expect("a clean end", session.wasClean, true);
      this.#expect("the giver's end", end?.reason ?? "drained", "drained");
      this.#expect("the giver's revision", giver?.session.revision ?? revision, revision);
    }
    await this.#greet(taker);
  }

  /** To the workers. */
  async #giveBack(giver: Program): Promise<void> {
    const askedAtMs = Date.now();
    const isGiven = await giver.session.handOver("workers").then(
      () => true,
      () => false,
    );
    if (!isGiven) return this.#noteStarved(false);
    this.#holder = null;
    const { epoch, wasClean } = await until(async () => {
      const row = await this.#bot.custody();
      return row.holderKind === "worker" && row;
    });
    this.#expect("a clean end", wasClean, true);
    this.#expect("the giver's revision", giver.session.revision, await this.#noteClean(epoch, askedAtMs));
    await this.#bot.untilState("online");
  }

  /** After a program that is killed. */
  async #follow(victim: Program): Promise<void> {
    this.#graveyard.bury(victim);
    const { expiresAtMs } = await this.#bot.custody();
    await victim.socket.end(undefined);
    if (!this.#plan.isTimed) await this.#forgetLease();
    const taker = await this.#connect();
    const { session } = taker;
    const granted = await this.#toldOf("lease.acquired", session.epoch);
    this.#expect("a clean end", session.wasClean, false);
    this.#expect("recovered", session.revision > granted.revision, true);
    this.#expect("lost batches", granted.revision < victim.session.revision, false);
    const waitedMs = granted.atMs - expiresAtMs;
    if (this.#plan.isTimed) this.#expect("granted within the lock-delay", waitedMs < LOCK_DELAY_MS, false);
    this.#report.unclean.push(waitedMs);
    await this.#greet(taker);
  }

  /** Judges a hand-over by what the team is told; answers the revision it began at. */
  async #noteClean(epoch: number, askedAtMs: number): Promise<number> {
    const [released, granted] = [
      await this.#toldOf("lease.released", epoch - 1),
      await this.#toldOf("lease.acquired", epoch),
    ];
    this.#expect("the revision at the grant", granted.revision, released.revision);
    this.#report.clean.push(granted.atMs - askedAtMs);
    return granted.revision;
  }

  async #toldOf(type: string, epoch: number): Promise<{ readonly atMs: number; readonly revision: number }> {
    const told = (await this.#bot.events(type)).find(({ data }) => data.epoch === epoch);
    if (told === undefined) throw new Error(`nothing was told of ${type} of epoch ${epoch}`);
    return { atMs: told.atMs, revision: Number(told.data.revision) };
  }

  /** A new program that holds the bot and has sent nothing yet. */
  async #connect(): Promise<Omit<Program, "socket">> {
    const { id: keyId, secret, ...key } = await this.#world.addKey();
    const options = { takeover: true, ttlSeconds: this.#plan.ttlSeconds };
    return { keyId, secret, session: await this.#world.connect(this.#bot, { id: keyId, secret, ...key }, options) };
  }

  /** The new holder's connection, and that its contact reads it. */
  async #greet(taker: Omit<Program, "socket">): Promise<void> {
    const socket = await openSocket(taker.session);
    this.#holder = { ...taker, socket };
    const greeting = `round ${this.#round}`;
    try {
      await socket.sendMessage(this.#bot.contact.jid, { text: greeting });
    } catch (err) {
      if (!taker.session.signal.aborted) throw err;
      return this.#noteStarved(false);
    }
    await this.#bot.contact.waitForText(({ text }) => text === greeting);
  }

  /** A program lost its lease by its own deadline: whoever follows it must be told so. */
  #noteStarved(wasClean: boolean): void {
    this.#report.starved.push(this.#bot.id);
    this.#expect("a clean end", wasClean, false);
  }

  /** As if the lease of a program that is gone had run out: long enough ago for the next one, not for the workers. */
  async #forgetLease(): Promise<void> {
    const expiresAtMs = sql`${databaseNowMs} - ${2 * LOCK_DELAY_MS}`;
    await this.#world.worker.db.write((tx) =>
      tx.update(custody).set({ expiresAtMs }).where(eq(custody.botId, this.#bot.id)),
    );
  }

  #expect(what: string, seen: unknown, expected: unknown): void {
    if (seen === expected) return;
    this.#report.violations.push(`${this.#bot.id} round ${this.#round}: ${what} is ${seen} and not ${expected}`);
  }
}
