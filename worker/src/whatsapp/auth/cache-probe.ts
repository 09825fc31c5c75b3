import type { SignalDataTypeMap, SignalKeyStore } from "@whiskeysockets/baileys";

/** No bot has a device list of this user: JID users hold no spaces. */
const PROBE_TYPE = "device-list";
const PROBE_ID = "cache probe";

/** Reads of the keys below, where every read of the probe gives another answer. */
export function makeCacheProbe(below: SignalKeyStore): Pick<SignalKeyStore, "get"> {
  let reads = 0;
  return {
    async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      if (type !== PROBE_TYPE || ids[0] !== PROBE_ID) return below.get(type, ids);
      reads += 1;
      return JSON.parse(JSON.stringify({ [PROBE_ID]: [String(reads)] }));
    },
  };
}

/**
 * Finds out whether a cache sits between Baileys and the auth state. Baileys' own (makeCacheableSignalKeyStore) fills
 * itself before the store and would answer with what was never committed.
 * @throws Error when a read did not reach the auth state.
 */
export async function assertUncached(keys: SignalKeyStore): Promise<void> {
  const first = await keys.get(PROBE_TYPE, [PROBE_ID]);
  const second = await keys.get(PROBE_TYPE, [PROBE_ID]);
  const answers = [first, second].map((answer) => answer[PROBE_ID]?.[0]);
  if (answers[0] === undefined || answers[0] === answers[1]) {
    throw new Error("the auth state’s keys must be given to the socket without a cache in between");
  }
}
