import { ServiceError } from "@switchboard/core/errors";
import { forceTake } from "@switchboard/core/services/custody/force-take";
import { freezeLease, unfreezeLease } from "@switchboard/core/services/custody/freeze-lease";
import { handOver } from "@switchboard/core/services/custody/hand-over";
import { reclaimAbandoned } from "@switchboard/core/services/custody/reclaim-abandoned";
import { revokeLease } from "@switchboard/core/services/custody/revoke-lease";
import fc from "fast-check";
import { type Hold, takeAsKey, takeAsWorker } from "./holders.ts";
import type { Stage } from "./stage.ts";

/** What one holder means to do. */
export interface HolderPart {
  readonly kind: "worker" | "key";
  /** Whether it asks a present holder to give the bot up. */
  readonly takesOver: boolean;
  readonly tries: number;
  readonly batches: number;
  readonly renewals: number;
  /** Whether each batch is sent a second time at the same time; workers never do. */
  readonly repeats: boolean;
  /** `late`: it stands still for a while, and then goes on as if nothing had happened. */
  readonly ends: "clean" | "unclean" | "late";
}

/** What happens to holders. */
type Event = "time" | "revoke" | "freeze" | "force-take" | "hand-over" | "reclaim";

/** As many turns as a few calls of somebody else take. */
const PAUSE_TURNS = 8;

/** Who acts in a run, and what happens meanwhile. */
export interface Cast {
  readonly holders: readonly HolderPart[];
  readonly events: readonly Event[];
}

/** Commits in a way that differs from the product's: a mutant. */
export type CommitInstead = (stage: Stage, counter: number, creds: string) => Promise<void>;

export const casts: fc.Arbitrary<Cast> = fc.record({
  holders: fc.array(
    fc.record({
      kind: fc.constantFrom("worker", "key"),
      takesOver: fc.boolean(),
      tries: fc.integer({ min: 1, max: 3 }),
      batches: fc.integer({ min: 1, max: 2 }),
      renewals: fc.integer({ min: 0, max: 2 }),
      repeats: fc.boolean(),
      ends: fc.constantFrom("clean", "clean", "unclean", "late"),
    }),
    { minLength: 2, maxLength: 3 },
  ),
  events: fc.array(fc.constantFrom<Event[]>("time", "time", "revoke", "freeze", "force-take", "hand-over", "reclaim"), {
    maxLength: 3,
  }),
});

/** One holder: takes the bot as often as it may, and writes until it is refused or done. */
export const holderPlayer =
  (stage: Stage, part: HolderPart, index: number, commitInstead?: CommitInstead) => async () => {
    for (let count = 0; count < part.tries; count += 1) {
      const askedAt = stage.turns.now;
      const hold = await unlessRefused(() => take(stage, part, index, count));
      if (hold === null) await stage.turns.wait(PAUSE_TURNS, "a holder waits");
      if (hold === null) continue;
      stage.history.granted({ ...hold, holderId: `${part.kind} ${index}`, askedAt, at: stage.turns.now });
      await new HeldTime(stage, hold, part, commitInstead).live();
    }
  };

function take(stage: Stage, { kind, takesOver }: HolderPart, index: number, count: number): Promise<Hold | null> {
  if (kind === "worker") return takeAsWorker(stage, index);
  const wish = { takeover: takesOver, requestId: `${stage.run}-${index}-${count}` };
  return takeAsKey(stage, keyOf(stage, index), wish);
}

/** One lease from its grant to its end. */
class HeldTime {
  readonly #stage: Stage;
  readonly #hold: Hold;
  readonly #part: HolderPart;
  readonly #commitInstead: CommitInstead | undefined;
  #isLost = false;

  constructor(stage: Stage, hold: Hold, part: HolderPart, commitInstead: CommitInstead | undefined) {
    this.#stage = stage;
    this.#hold = hold;
    this.#part = part;
    this.#commitInstead = commitInstead;
  }

  async live(): Promise<void> {
    const { read } = this.#hold;
    const { turns } = this.#stage;
    // A worker reads what is there; only its writes are fenced.
    const found = this.#part.kind === "worker" ? await read() : await this.#use("read", read);
    if (found === null) return;
    await turns.together([() => this.#write(found), () => this.#renew()]);
    if (this.#part.ends === "late") {
      await turns.wait(2 * PAUSE_TURNS, "a holder stands still");
      await this.#renew();
      this.#isLost = false;
    }
    // A mutant knows no revision to end with.
    if (this.#isLost || this.#commitInstead) return;
    await this.#release();
  }

  async #release(): Promise<void> {
    const { epoch, release } = this.#hold;
    const { history, turns } = this.#stage;
    const isClean = this.#part.ends === "clean";
    const askedAt = turns.now;
    if (!(await unlessRefused(() => release(isClean)))) return;
    history.used("release", { epoch, askedAt, isWrite: true });
    history.released(epoch, isClean, turns.now);
  }

  async #write(found: { readonly counter: number; readonly creds: string }): Promise<void> {
    const creds: object = JSON.parse(found.creds);
    for (let added = 1; added <= this.#part.batches && !this.#isLost; added += 1) {
      const counter = found.counter + added;
      await this.#send(counter, JSON.stringify({ ...creds, accountSyncCounter: counter }));
    }
  }

  /** Sends a batch, twice at the same time where the part says so. */
  async #send(counter: number, creds: string): Promise<void> {
    const { commit, repeat, epoch } = this.#hold;
    const { history, turns } = this.#stage;
    const instead = this.#commitInstead;
    let isAcknowledged = false;
    const acknowledging = (work: () => Promise<void>) => async () => {
      const isDone = await this.#use("commit", () => work().then(() => true));
      isAcknowledged ||= isDone === true;
    };
    const first = acknowledging(() => (instead ? instead(this.#stage, counter, creds) : commit(counter, creds)));
    if (this.#part.repeats && repeat && !instead) await turns.together([first, acknowledging(repeat)]);
    else await first();
    if (isAcknowledged) history.acknowledged.push({ epoch, counter });
  }

  /** On a timer of its own: beside the writes, and not before each of them. */
  async #renew(): Promise<void> {
    for (let count = 0; count < this.#part.renewals && !this.#isLost; count += 1)
      await this.#use("renewal", this.#hold.renew);
  }

  /** What the service answers, noted; null: it refused, and the lease is over for its holder. */
  async #use<T>(what: "read" | "commit" | "renewal", work: () => Promise<T>): Promise<T | null> {
    const { history, turns } = this.#stage;
    const { epoch } = this.#hold;
    const askedAt = turns.now;
    const answer = await unlessRefused(work);
    const isRefused = answer === null || answer === false;
    this.#isLost ||= isRefused;
    if (isRefused) history.refused(what, epoch);
    else history.used(what, { epoch, askedAt, isWrite: what === "commit" });
    return answer;
  }
}

/** Owners and the product's own minute work, one thing after the other. */
export const custodianPlayer = (stage: Stage, events: readonly Event[]) => async () => {
  for (const event of events) {
    await stage.turns.wait(PAUSE_TURNS, "nothing happens");
    await unlessRefused(() => happen(stage, event));
  }
};

async function happen(stage: Stage, event: Event): Promise<void> {
  const { botId, history, turns, owner } = stage;
  const asOwner = stage.as(owner);
  if (event === "reclaim") {
    await reclaimAbandoned(stage.as({ kind: "system", name: "keeper" }));
    return;
  }
  if (event === "hand-over") {
    await handOver(asOwner, { botId, to: keyOf(stage, 0) });
    return;
  }
  if (event === "time") {
    await turns.turn("time passes");
    const upTo = history.newestEpoch;
    await stage.letTimePass();
    history.expired(upTo, turns.now);
    history.disturbed(turns.now, turns.now);
    return;
  }
  const upTo = history.newestEpoch;
  const from = turns.now;
  if (event === "revoke") await revokeLease(asOwner, { botId });
  if (event === "force-take") await forceTake(asOwner, { botId, to: keyOf(stage, 1) });
  if (event === "freeze") await freezeLease(asOwner, { botId });
  history.ended(upTo, turns.now);
  history.disturbed(from, turns.now);
  if (event === "freeze") await unfreezeLease(asOwner, { botId });
}

function keyOf({ keyIds }: Stage, index: number): string {
  return keyIds[index % keyIds.length] ?? "";
}

const REFUSALS: readonly string[] = ["stale-epoch", "lease-lost", "lease-held", "bot-frozen"];

/** null: the service refused, as it may. */
async function unlessRefused<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (err) {
    if (err instanceof ServiceError && REFUSALS.includes(err.code)) return null;
    throw err;
  }
}
