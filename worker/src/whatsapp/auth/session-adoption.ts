import type { BotTransactions } from "./bot-transactions.ts";

/** Names the record of a JID, as SignalRepository.jidToSignalProtocolAddress does. */
type AddressOf = (jid: string) => string;

/** Moves sessions, one look per address and life of the object. */
export interface SessionAdoption {
  /** Must run inside a transaction. `lid` is the JID under which the session of `pn` is looked up from now on. */
  adopt(pn: string, lid: string): Promise<void>;
}

/**
 * Keeps a number's session when its LID becomes known. Baileys stores a LID learned by a look-up without moving the
 * session (lib/Signal/lid-mapping.js), and then looks for it under the LID only: "No sessions", "Invalid PreKey ID".
 */
export function makeSessionAdoption(transactions: BotTransactions, addressOf: AddressOf): SessionAdoption {
  const looked = new Set<string>();
  return {
    async adopt(pn, lid) {
      const [from, to] = [addressOf(pn), addressOf(lid)];
      if (looked.has(from)) return;
      const { [from]: session, [to]: newer } = await transactions.get("session", [from, to]);
      // Not remembered: the transaction may still be discarded. The next call finds nothing left to move.
      if (session && !newer) return transactions.set({ session: { [to]: session, [from]: null } });
      looked.add(from);
    },
  };
}
