import type { AuthRecordStore } from "@switchboard/core/ports/auth-record-store";

/** The record in which a chain of numbers stands in for a ratchet. */
export const CHAIN_TYPE = "session";
export const CHAIN_ID = "chain";

/** What a holder process is told; JSON in its first argument. */
export interface HolderOrder {
  readonly url: string;
  /** The installation's master key, base64url. */
  readonly masterKey: string;
  readonly botId: string;
  /** Where each acknowledged number is appended: `<epoch> <number>` a line. */
  readonly logFile: string;
  /** false: the mutant that writes without comparing the epoch. */
  readonly isFenced: boolean;
}

/** A number that a holder was told is durable, and under which epoch. */
export interface Acknowledged {
  readonly epoch: number;
  readonly counter: number;
}

/** The last number of the chain; 0 before the first. */
export async function readCounter(store: Pick<AuthRecordStore, "read">): Promise<number> {
  return Number((await store.read(CHAIN_TYPE, [CHAIN_ID])).get(CHAIN_ID) ?? 0);
}

/** What is stored at the end. */
export interface FinalState {
  readonly counter: number;
  /** The number inside the credentials, which were written in the same batches. */
  readonly credsCounter: number;
  readonly revision: number;
}

/**
 * What went wrong in a history, in words; empty when nothing did: no number was acknowledged twice (two holders went on
 * from the same state), numbers rise with epochs, nothing that was acknowledged is missing, and no batch is torn.
 */
export function findViolations(histories: readonly (readonly Acknowledged[])[], end: FinalState): string[] {
  const all = histories.flat().sort((a, b) => a.counter - b.counter);
  const violations = all.flatMap((entry, index) => {
    const before = all[index - 1];
    if (!before) return [];
    if (entry.counter === before.counter)
      return [`fork: ${entry.counter} under epochs ${before.epoch} and ${entry.epoch}`];
    return entry.epoch < before.epoch ? [`epoch fell to ${entry.epoch} at ${entry.counter}`] : [];
  });
  const last = all.at(-1)?.counter ?? 0;
  if (last > end.counter) violations.push(`lost: ${last} was acknowledged, ${end.counter} is stored`);
  if (end.credsCounter !== end.counter)
    violations.push(`torn: credentials at ${end.credsCounter}, keys at ${end.counter}`);
  if (end.revision !== end.counter) violations.push(`revision ${end.revision} after ${end.counter} batches`);
  return violations;
}
