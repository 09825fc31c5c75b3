/** Why a bot's loop woke; logged with each step. */
export const wakeReasons = [
  "started",
  "wish-changed",
  "socket-opened",
  "socket-closed",
  "pairing-step",
  "lease-lost",
  "drain",
  "shutdown",
  "timer",
] as const;

export type WakeReason = (typeof wakeReasons)[number];

/** A bell that a loop waits for. Rings that come while nobody waits are remembered, several as one. */
export class WakeUp {
  #pending: WakeReason | null = null;
  #ring: ((reason: WakeReason) => void) | null = null;

  ring(reason: WakeReason): void {
    if (this.#ring) this.#ring(reason);
    else this.#pending ??= reason;
  }

  /** The reason of the next ring, or `timer` at the monotonic time `untilMs`; null waits without end. */
  async next(untilMs: number | null): Promise<WakeReason> {
    const missed = this.#pending;
    this.#pending = null;
    if (missed) return missed;
    let timer: NodeJS.Timeout | undefined;
    const reason = await new Promise<WakeReason>((resolve) => {
      this.#ring = resolve;
      if (untilMs !== null) timer = setTimeout(() => resolve("timer"), Math.max(0, untilMs - performance.now()));
    });
    clearTimeout(timer);
    this.#ring = null;
    return reason;
  }
}
