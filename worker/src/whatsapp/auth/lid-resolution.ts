import { isHostedPnUser, isPnUser, jidDecode, type SignalRepositoryWithLIDStore } from "@whiskeysockets/baileys";
import type { BotTransactions, Transaction } from "./bot-transactions.ts";

/** What a call has to know of LIDs before it takes the lock. */
export interface LidResolution {
  /** Whether the JID is a number, so that its LID has to be resolved before the lock is taken. */
  isNeededFor(jid: string): boolean;
  /**
   * Finds a number's LID, over the network if need be. Empty when there is none and when the look-up failed: the stored
   * row then decides inside the transaction.
   */
  resolve(jid: string): Promise<ReadonlyMap<string, string>>;
}

/**
 * Replaces the repository's PN-to-LID look-up: inside a transaction it answers from the transaction's own answers or the
 * stored row, the same for the whole transaction; outside it stays what it was.
 *
 * Waiting inside for the network, or for a look-up in flight, would hold the lock for up to 60 s, or for ever.
 */
export function pinLidsInTransactions(
  repository: SignalRepositoryWithLIDStore,
  transactions: BotTransactions,
): LidResolution {
  const { lidMapping } = repository;
  const lookUp = lidMapping.getLIDForPN.bind(lidMapping);
  lidMapping.getLIDForPN = (pn) => {
    const transaction = transactions.current;
    return transaction ? pinnedLid(transactions, transaction, pn) : lookUp(pn);
  };
  return {
    isNeededFor: (jid) => isNumber(jid) && !transactions.current,
    async resolve(jid) {
      const lid = await lookUp(jid).catch(() => null);
      const [numberUser, lidUser] = [jidDecode(jid)?.user, lid ? jidDecode(lid)?.user : undefined];
      return new Map(numberUser && lidUser ? [[numberUser, lidUser]] : []);
    },
  };
}

async function pinnedLid(transactions: BotTransactions, transaction: Transaction, pn: string): Promise<string | null> {
  const decoded = isNumber(pn) ? jidDecode(pn) : undefined;
  if (!decoded) return null;
  const lidUser = await pinnedLidUser(transactions, transaction, decoded.user);
  if (!lidUser) return null;
  const device = decoded.device ? `:${decoded.device}` : "";
  return `${lidUser}${device}@${decoded.server === "hosted" ? "hosted.lid" : "lid"}`;
}

async function pinnedLidUser(transactions: BotTransactions, transaction: Transaction, user: string) {
  const pinned = transaction.lidUsers.get(user);
  if (pinned !== undefined) return pinned;
  const { [user]: stored } = await transactions.get("lid-mapping", [user]);
  transaction.lidUsers.set(user, stored ?? null);
  return stored ?? null;
}

function isNumber(jid: string): boolean {
  return Boolean(isPnUser(jid) || isHostedPnUser(jid));
}
