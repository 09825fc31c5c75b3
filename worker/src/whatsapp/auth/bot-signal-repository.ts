import {
  DEFAULT_CONNECTION_CONFIG,
  type SignalCreds,
  type SignalRepositoryWithLIDStore,
  type SocketConfig,
} from "@whiskeysockets/baileys";
import type { BotTransactions } from "./bot-transactions.ts";
import { pinLidsInTransactions } from "./lid-resolution.ts";
import { makeSessionAdoption } from "./session-adoption.ts";

/** Everything the pinned Baileys' repository offers; a further method could step a ratchet outside a transaction. */
const KNOWN_MEMBERS = [
  "close,decryptGroupMessage,decryptMessage,deleteSession,encryptGroupMessage,encryptMessage",
  "getSenderKeyDistributionMessage,getSessionInfo,hasSenderKey,injectE2ESession,jidToSignalProtocolAddress",
  "lidMapping,migrateSession,processSenderKeyDistributionMessage,validateSession",
].join();

/**
 * Baileys' own repository (lib/Signal/libsignal.js) on a bot's transactions: each call that may step a ratchet is one
 * transaction, and its result is returned only when the step is durable. Reads and `lidMapping` are left as they are.
 * @throws Error when the repository offers other members than the pinned one.
 */
export function makeBotSignalRepository(
  creds: SignalCreds,
  transactions: BotTransactions,
  ...[logger, pnToLid]: Rest<Parameters<SocketConfig["makeSignalRepository"]>>
): SignalRepositoryWithLIDStore {
  const auth = { creds, keys: transactions };
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, async (jids) =>
    transactions.current ? [] : pnToLid?.(jids),
  );
  if (Object.keys(repository).sort().join() !== KNOWN_MEMBERS) {
    throw new Error("the signal repository is not the pinned one");
  }
  return { ...repository, ...oneTransactionEach(repository, transactions) };
}

type Rest<T extends unknown[]> = T extends [unknown, ...infer Others] ? Others : never;

function oneTransactionEach(repository: SignalRepositoryWithLIDStore, transactions: BotTransactions) {
  const run = transactions.run.bind(transactions);
  const lids = pinLidsInTransactions(repository, transactions);
  const sessions = makeSessionAdoption(transactions, repository.jidToSignalProtocolAddress);
  /** For calls that address a contact by a JID which may be a number. */
  const runFor = async <T>(jid: string, work: () => Promise<T>): Promise<T> => {
    // Without a number the lock is asked for in the caller's tick: a call made before `close` is served before it.
    const lidUsers = lids.isNeededFor(jid) ? await lids.resolve(jid) : undefined;
    return run(async () => {
      const lid = await repository.lidMapping.getLIDForPN(jid);
      if (lid) await sessions.adopt(jid, lid);
      return work();
    }, lidUsers);
  };
  return {
    decryptMessage: (options) =>
      runFor(options.jid, () => transactions.decrypt(options.ciphertext, () => repository.decryptMessage(options))),
    encryptMessage: (options) => runFor(options.jid, () => repository.encryptMessage(options)),
    injectE2ESession: (options) => runFor(options.jid, () => repository.injectE2ESession(options)),
    decryptGroupMessage: (options) =>
      run(() => transactions.decrypt(options.msg, () => repository.decryptGroupMessage(options))),
    encryptGroupMessage: (options) => run(() => repository.encryptGroupMessage(options)),
    processSenderKeyDistributionMessage: (options) =>
      run(() => repository.processSenderKeyDistributionMessage(options)),
    getSenderKeyDistributionMessage: (options) => run(() => repository.getSenderKeyDistributionMessage(options)),
    deleteSession: (jids) => run(() => repository.deleteSession(jids)),
    migrateSession: (from, to) => run(() => repository.migrateSession(from, to)),
  } satisfies Partial<SignalRepositoryWithLIDStore>;
}
