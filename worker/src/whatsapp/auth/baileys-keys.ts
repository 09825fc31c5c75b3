import { AsyncLocalStorage } from "node:async_hooks";
import type { SignalDataSet, SignalKeyStore, SignalKeyStoreWithTransaction } from "@whiskeysockets/baileys";

/** One transaction of Baileys' own wrapper, as seen from outside. */
interface Scope {
  isOpen: boolean;
  storedPreKeys: boolean;
}

/** The bot's keys below Baileys' wrapper. */
export interface KeysBelow extends Pick<SignalKeyStore, "set"> {
  /** Resolves when everything, credentials included, is durable. */
  flush(): Promise<void>;
}

/**
 * Mends the key store that a socket made of ours (lib/Utils/auth-utils.js, addTransactionCapability), in place:
 *
 * - a call that comes when its transaction is over runs outside it; the stock wrapper collects such writes in a
 *   transaction that was committed already and loses them (the token write in lib/Socket/messages-send.js);
 * - new pre-keys are durable when `set` resolves, and the credentials that name them when the transaction does; the stock
 *   wrapper stores them after the retry receipt that hands one out (lib/Socket/messages-recv.js, sendRetryRequest).
 *
 * Must be called outside any transaction.
 */
export function mendBaileysKeys(keys: SignalKeyStoreWithTransaction, below: KeysBelow): void {
  const stock = { ...keys };
  const scopes = new AsyncLocalStorage<Scope>();
  const outside = AsyncLocalStorage.snapshot();
  const isLate = () => scopes.getStore()?.isOpen === false;

  keys.get = (type, ids) => (isLate() ? outside(() => stock.get(type, ids)) : stock.get(type, ids));
  keys.isInTransaction = () => !isLate() && stock.isInTransaction();
  keys.set = async (data) => {
    if (isLate()) return outside(async () => stock.set(data));
    const { added, rest } = splitPreKeys(data);
    if (added) {
      await below.set({ "pre-key": added });
      const scope = scopes.getStore();
      if (scope) scope.storedPreKeys = true;
    }
    if (Object.keys(rest).length > 0) await stock.set(rest);
  };
  keys.transaction = (work, label) => {
    if (scopes.getStore()?.isOpen) return work();
    const scope: Scope = { isOpen: true, storedPreKeys: false };
    const scoped = () => scopes.run(scope, () => settle(scope, work, below));
    return isLate() ? outside(() => stock.transaction(scoped, label)) : stock.transaction(scoped, label);
  };
}

async function settle<T>(scope: Scope, work: () => Promise<T>, below: KeysBelow): Promise<T> {
  try {
    const result = await work();
    if (scope.storedPreKeys) await below.flush();
    return result;
  } finally {
    scope.isOpen = false;
  }
}

interface SplitPreKeys {
  readonly added: SignalDataSet["pre-key"];
  readonly rest: SignalDataSet;
}

/** Deletions stay with the stock wrapper, which validates them. */
function splitPreKeys(data: SignalDataSet): SplitPreKeys {
  const { "pre-key": preKeys, ...rest } = data;
  const entries = Object.entries(preKeys ?? {});
  const added = entries.filter(([, pair]) => pair !== null);
  const deleted = entries.filter(([, pair]) => pair === null);
  return {
    added: added.length > 0 ? Object.fromEntries(added) : undefined,
    rest: deleted.length > 0 ? { ...rest, "pre-key": Object.fromEntries(deleted) } : rest,
  };
}
