import type { BotDataKeys } from "@switchboard/core/services/auth-state/data-keys";

/** Seals reserved at a time. An outage must do with what is left of them, since a reservation is a write. */
const USES_PER_BLOCK = 4_000;
/** A new block is reserved when so few are left. */
const USES_MIN = 2_000;

type SealingKey = Awaited<ReturnType<BotDataKeys["sealing"]>>;

/** Seals for a session's files, reserved ahead so that the database is not needed when one is made. */
export class KeyUses {
  readonly #keys: BotDataKeys;
  #key: SealingKey;
  #left = USES_PER_BLOCK;

  private constructor(keys: BotDataKeys, key: SealingKey) {
    this.#keys = keys;
    this.#key = key;
  }

  /** @throws database errors */
  static async reserve(keys: BotDataKeys): Promise<KeyUses> {
    return new KeyUses(keys, await keys.sealing(USES_PER_BLOCK));
  }

  /** The key for one seal. @throws Error when all that was reserved is used up */
  take(): SealingKey {
    if (this.#left === 0) throw new Error("the seals reserved for this session's files are used up");
    this.#left -= 1;
    return this.#key;
  }

  /** Whether they might not do for an outage. */
  get areFew(): boolean {
    return this.#left < USES_MIN;
  }

  /** Reserves anew, under the newest key. @throws database errors */
  async refill(): Promise<void> {
    this.#keys.renew();
    this.#key = await this.#keys.sealing(USES_PER_BLOCK);
    this.#left = USES_PER_BLOCK;
  }
}
