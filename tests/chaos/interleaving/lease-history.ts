import type { Acknowledged, FinalState } from "../chain.ts";
import { findViolations } from "../chain.ts";

/** A lease as its holder was granted it. Times are turns. */
interface Grant {
  readonly epoch: number;
  readonly wasClean: boolean;
  /** Batches that were written before it. */
  readonly revision: number;
}

/** Something that ended leases: those up to this epoch, from this turn on. */
interface Ending {
  readonly upTo: number;
  readonly at: number;
  readonly isExpiry: boolean;
}

/** What was asked for under a lease. */
export interface Use {
  readonly epoch: number;
  readonly askedAt: number;
  /** Writes go on after the lease's end as long as nobody else was granted the bot. */
  readonly isWrite: boolean;
}

/** What the holders and custodians of one bot were told, in turns, and what was wrong with it. */
export class LeaseHistory {
  readonly acknowledged: Acknowledged[] = [];
  readonly #grants: Grant[] = [];
  readonly #endings: Ending[] = [];
  readonly #cleanReleases = new Set<number>();
  readonly #refusals: { readonly what: string; readonly epoch: number }[] = [];
  readonly #violations: string[] = [];
  readonly #start: number;
  #isEndable = false;

  /** @param start the revision before the first batch */
  constructor(start: number) {
    this.#start = start;
  }

  /** A lease was granted: those before it are over. */
  granted(grant: Grant, at: number): void {
    this.#grants.push(grant);
    this.#endings.push({ upTo: grant.epoch - 1, at, isExpiry: false });
  }

  /** The newest epoch anybody was told of; 0 before the first. */
  get newestEpoch(): number {
    return Math.max(0, ...this.#grants.map(({ epoch }) => epoch));
  }

  /** Somebody who is not asked for it may end any lease there is. */
  isEndable(): void {
    this.#isEndable = true;
  }

  /** Leases up to this epoch were ended, and who asked was told so. */
  ended(upTo: number, at: number): void {
    this.#endings.push({ upTo, at, isExpiry: false });
  }

  /** Leases up to this epoch ran out. */
  expired(upTo: number, at: number): void {
    this.#endings.push({ upTo, at, isExpiry: true });
  }

  released(epoch: number, isClean: boolean, at: number): void {
    if (isClean) this.#cleanReleases.add(epoch);
    this.ended(epoch, at);
  }

  /** Something was done under a lease: that must not have been over when it was asked for. */
  used(what: string, { epoch, askedAt, isWrite }: Use): void {
    const isOver = this.#endings.some(
      ({ upTo, at, isExpiry }) => upTo >= epoch && at <= askedAt && !(isExpiry && isWrite),
    );
    if (isOver) this.#violations.push(`late: ${what} under epoch ${epoch}, which was over`);
  }

  /** Something was refused because the lease is over. */
  refused(what: string, epoch: number): void {
    this.#refusals.push({ what, epoch });
  }

  /** How often something was granted, acknowledged and refused. */
  count(): { readonly grants: number; readonly acknowledged: number; readonly refused: number } {
    return { grants: this.#grants.length, acknowledged: this.acknowledged.length, refused: this.#refusals.length };
  }

  /** What went wrong, in words; empty when nothing did. */
  findViolations(end: FinalState): string[] {
    const groundless = this.#refusals.filter(({ epoch }) => !this.#isEndable && this.newestEpoch <= epoch);
    return [
      ...this.#violations,
      ...findViolations([this.acknowledged], end),
      ...this.#findWrongGrants(),
      ...groundless.map(({ what, epoch }) => `refused: ${what} under epoch ${epoch}, which nobody ended`),
    ];
  }

  /** Epochs are granted once, a grant says how the one before ended, and finds every batch of those before. */
  #findWrongGrants(): string[] {
    const grants = this.#grants.toSorted((a, b) => a.epoch - b.epoch);
    return grants.flatMap((grant, index) => {
      const { epoch, wasClean, revision } = grant;
      const before = grants[index - 1];
      const isCleanStart = before === undefined || this.#cleanReleases.has(before.epoch);
      const written = this.#start + this.acknowledged.filter((entry) => entry.epoch < epoch).length;
      return [
        ...(before?.epoch === epoch ? [`granted twice: epoch ${epoch}`] : []),
        ...(wasClean === isCleanStart ? [] : [`epoch ${epoch} was told that the end before was clean: ${wasClean}`]),
        ...(revision === written ? [] : [`gap: epoch ${epoch} began at ${revision} of ${written} batches`]),
      ];
    });
  }
}
