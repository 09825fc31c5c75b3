import type { Acknowledged, FinalState } from "../chain.ts";
import { findViolations } from "../chain.ts";

/** A lease as its holder was granted it. Times are turns. */
interface Grant {
  readonly epoch: number;
  readonly holderId: string;
  readonly wasClean: boolean;
  /** Batches that were written before it. */
  readonly revision: number;
  /** When it was asked for and answered. */
  readonly askedAt: number;
  readonly at: number;
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
  readonly #disturbances: { readonly from: number; readonly to: number }[] = [];
  readonly #releases = new Set<number>();
  readonly #violations: string[] = [];
  readonly #start: number;

  /** @param start the revision before the first batch */
  constructor(start: number) {
    this.#start = start;
  }

  /** A lease was granted: those before it are over. */
  granted(grant: Grant): void {
    this.#grants.push(grant);
    this.#endings.push({ upTo: grant.epoch - 1, at: grant.at, isExpiry: false });
  }

  /** The newest epoch anybody was told of; 0 before the first. */
  get newestEpoch(): number {
    return Math.max(0, ...this.#grants.map(({ epoch }) => epoch));
  }

  /** Something that may end any lease was under way from one turn to another, whatever came of it. */
  disturbed(from: number, to: number): void {
    this.#disturbances.push({ from, to });
  }

  /** Leases up to this epoch were ended, and who asked was told so. */
  ended(upTo: number, at: number): void {
    this.#endings.push({ upTo, at, isExpiry: false });
  }

  /** Leases up to this epoch ran out. */
  expired(upTo: number, at: number): void {
    this.#endings.push({ upTo, at, isExpiry: true });
  }

  /** What its holder gave back; `isClean` as it said. */
  released(epoch: number, isClean: boolean, at: number): void {
    this.#releases.add(epoch);
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
    const groundless = this.#refusals.filter(({ epoch }) => !this.#mayBeOver(epoch));
    return [
      ...this.#violations,
      ...findViolations([this.acknowledged], end),
      ...this.#findWrongGrants(),
      ...groundless.map(({ what, epoch }) => `refused: ${what} under epoch ${epoch}, which nobody ended`),
    ];
  }

  /** Whether something ended this lease: its holder, a later grant, or a disturbance after it was asked for. */
  #mayBeOver(epoch: number): boolean {
    const grant = this.#grants.find((one) => one.epoch === epoch);
    const isDisturbed = this.#disturbances.some(({ to }) => to >= (grant?.askedAt ?? 0));
    return isDisturbed || this.newestEpoch > epoch || this.#releases.has(epoch);
  }

  /** Whether who was granted the bot after this lease had to wait for its end, and did not. */
  #isTaken(before: Grant, after: Grant): boolean {
    const isDisturbed = this.#disturbances.some(({ from, to }) => from <= after.at && to >= before.askedAt);
    return !isDisturbed && !this.#releases.has(before.epoch) && before.holderId !== after.holderId;
  }

  /** Epochs are granted once, and after the end of the one before; a grant says what that was, and finds every batch. */
  #findWrongGrants(): string[] {
    const grants = this.#grants.toSorted((a, b) => a.epoch - b.epoch);
    return grants.flatMap((grant, index) => {
      const { epoch, wasClean, revision } = grant;
      const before = grants[index - 1];
      const isCleanStart = before === undefined || this.#cleanReleases.has(before.epoch);
      const written = this.#start + this.acknowledged.filter((entry) => entry.epoch < epoch).length;
      return [
        ...(before?.epoch === epoch ? [`granted twice: epoch ${epoch}`] : []),
        ...(before && this.#isTaken(before, grant) ? [`taken: epoch ${epoch} before the end of ${before.epoch}`] : []),
        ...(wasClean === isCleanStart ? [] : [`epoch ${epoch} was told that the end before was clean: ${wasClean}`]),
        ...(revision === written ? [] : [`gap: epoch ${epoch} began at ${revision} of ${written} batches`]),
      ];
    });
  }
}
