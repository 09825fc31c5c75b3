import type { AuthRecord } from "@switchboard/core/ports/auth-record-store";
import { sendingStepsOf } from "../whatsapp/auth/sending-steps.ts";

/**
 * How far a sending chain may go beyond what the database has. A holder that recovers from the database skips 64 keys of
 * each chain, so it uses none again that was used here.
 */
export const CHAIN_MESSAGES_MAX = 48;

const SENDING_TYPES: ReadonlySet<string> = new Set(["session", "sender-key"]);

type Steps = ReadonlyMap<string, number>;

/** The most messages that any one chain has made since; a chain that was not there before counts from its beginning. */
export function messagesSince(stored: Steps, now: Steps): number {
  return Math.max(0, ...Array.from(now, ([chain, messages]) => messages - (stored.get(chain) ?? 0)));
}

/**
 * Keeps the distance between what the database has of each sending chain and what was made durable beside it. A record that
 * was merged from several writes counts as many messages as it is ahead, not one.
 */
export class ChainLimit {
  /** Of records that were changed since: what the database has of them. */
  readonly #stored = new Map<string, Steps>();

  /**
   * Whether no chain goes too far with these records; `findStored` answers what the database has of one.
   * @throws what `findStored` throws
   */
  async admits(
    records: readonly AuthRecord[],
    findStored: (record: AuthRecord) => Promise<string | null>,
  ): Promise<boolean> {
    for (const record of records) {
      if (!SENDING_TYPES.has(record.type)) continue;
      const name = nameOf(record);
      const stored = this.#stored.get(name) ?? sendingStepsOf({ type: record.type, value: await findStored(record) });
      this.#stored.set(name, stored);
      if (messagesSince(stored, sendingStepsOf(record)) > CHAIN_MESSAGES_MAX) return false;
    }
    return true;
  }

  /** The database has these records now. */
  acknowledge(records: readonly AuthRecord[]): void {
    for (const record of records)
      if (this.#stored.has(nameOf(record))) this.#stored.set(nameOf(record), sendingStepsOf(record));
  }

  /** The database has everything. */
  clear(): void {
    this.#stored.clear();
  }
}

const nameOf = ({ type, id }: AuthRecord): string => `${type}:${id}`;
