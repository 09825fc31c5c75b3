/** Milliseconds, as far as the model goes: instants are since its beginning. */
export const TTL_MS = 3_570_000;
export const LIFE_MS_MAX = 86_400_000;
export const DRAIN_MS = 20_000;
const LOCK_DELAY_MS = 5_000;
const RESERVATION_MS = 60_000;

/** Who may hold the bot of the model: two workers and two API keys. */
export const HOLDERS = [
  { kind: "worker", id: "wrk_a" },
  { kind: "worker", id: "wrk_b" },
  { kind: "key", id: "key_a" },
  { kind: "key", id: "key_b" },
] as const;

/** One of {@link HOLDERS}. */
export type ModelHolder = (typeof HOLDERS)[number];

/** A lease as whoever was granted it knows it, for ever. */
export interface ModelLease {
  readonly leaseId: string;
  readonly epoch: number;
  readonly holder: ModelHolder;
}

/**
 * What the custody row must be, written down apart from the statements that make it so: one mutable state, and one method
 * for each statement that answers whether it has to change anything.
 */
export class CustodyModel {
  nowMs = 0;
  epoch = 0;
  state: "free" | "held" | "draining" | "frozen" = "free";
  lease: ModelLease | null = null;
  revision = 0;
  isClean = true;
  handoverTo: string | null = null;
  /** Whose the bot is while nobody holds it: the workers', or that of an API key. */
  assignedTo = "workers";
  /** Every lease there ever was, the present one last. */
  readonly granted: ModelLease[] = [];
  #expiresAtMs = 0;
  #maxExpiresAtMs: number | null = null;
  #notBeforeMs = 0;
  #reservedUntilMs = 0;

  get isHeld(): boolean {
    return this.state === "held" || this.state === "draining";
  }

  isCurrent(lease: ModelLease): boolean {
    return this.isHeld && this.lease?.leaseId === lease.leaseId;
  }

  mayAcquire(holder: ModelHolder): boolean {
    const isOwn = holder.kind === "worker" && this.lease?.holder.id === holder.id;
    const isOver = isOwn || this.#expiresAtMs + LOCK_DELAY_MS <= this.nowMs;
    const isFor = this.handoverTo === (holder.kind === "worker" ? "workers" : holder.id);
    const isKept = this.handoverTo !== null && !isFor && this.#reservedUntilMs > this.nowMs;
    if (holder.kind === "worker" && this.assignedTo !== "workers") return false;
    return this.#notBeforeMs <= this.nowMs && (this.state === "free" || (this.isHeld && isOver)) && !isKept;
  }

  acquire(lease: ModelLease): void {
    this.epoch += 1;
    this.state = "held";
    this.isClean = false;
    this.handoverTo = null;
    this.#expiresAtMs = this.nowMs + TTL_MS;
    this.#maxExpiresAtMs = lease.holder.kind === "key" ? this.nowMs + LIFE_MS_MAX : null;
    this.lease = lease;
    this.granted.push(lease);
  }

  renew(lease: ModelLease): boolean {
    if (!this.isCurrent(lease) || this.#expiresAtMs <= this.nowMs) return false;
    const wished = Math.min(this.nowMs + TTL_MS, this.#maxExpiresAtMs ?? Number.POSITIVE_INFINITY);
    this.#expiresAtMs = Math.max(this.#expiresAtMs, wished);
    return true;
  }

  /** Also after the lease's end, as long as nobody else was granted the bot. */
  commit(lease: ModelLease): boolean {
    if (!this.isCurrent(lease)) return false;
    this.revision += 1;
    return true;
  }

  release(lease: ModelLease, isClean: boolean): boolean {
    if (!this.isCurrent(lease)) return false;
    this.#letGo("free");
    this.isClean = isClean;
    if (!isClean) this.#notBeforeMs = this.nowMs + LOCK_DELAY_MS;
    this.#reservedUntilMs = this.nowMs + RESERVATION_MS;
    return true;
  }

  drain(lease: ModelLease, to: string): boolean {
    if (this.state !== "held" || !this.isCurrent(lease) || this.#expiresAtMs <= this.nowMs) return false;
    this.state = "draining";
    this.handoverTo = to;
    this.#reservedUntilMs = this.nowMs + DRAIN_MS + RESERVATION_MS;
    return true;
  }

  /** Of whom `holder` follows after a rotation the lease may be as well. */
  extend(lease: ModelLease, holder: ModelHolder, keyIds: readonly string[]): boolean {
    const isTheirs = this.lease?.holder.kind === "key" && keyIds.includes(this.lease.holder.id);
    if (this.state !== "held" || !this.isCurrent(lease) || !isTheirs || this.#expiresAtMs <= this.nowMs) return false;
    this.lease = { ...lease, holder };
    this.#maxExpiresAtMs = this.nowMs + LIFE_MS_MAX;
    this.#expiresAtMs = Math.max(this.#expiresAtMs, this.nowMs + TTL_MS);
    return true;
  }

  reserve(to: string): boolean {
    if (this.state !== "free" && !(this.isHeld && this.#expiresAtMs <= this.nowMs)) return false;
    this.handoverTo = to;
    this.#reservedUntilMs = this.nowMs + RESERVATION_MS;
    return true;
  }

  /** A key's, whose lease has been over for twice the life it asked for, or which has none and for which it is not kept. */
  get isAbandoned(): boolean {
    const isLongGone = this.isHeld && this.#expiresAtMs + 2 * TTL_MS <= this.nowMs;
    const isKept = this.handoverTo !== null && this.#reservedUntilMs > this.nowMs;
    return this.assignedTo !== "workers" && (isLongGone || (this.state === "free" && !isKept));
  }

  revoke(isFrozen: boolean): void {
    if (this.isHeld) {
      this.isClean = false;
      this.#notBeforeMs = this.nowMs + LOCK_DELAY_MS;
    }
    this.epoch += 1;
    this.handoverTo = null;
    this.#letGo(isFrozen || this.state === "frozen" ? "frozen" : "free");
  }

  unfreeze(): void {
    if (this.state === "frozen") this.state = "free";
  }

  #letGo(state: "free" | "frozen"): void {
    this.state = state;
    this.lease = null;
  }
}
