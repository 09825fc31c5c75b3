import { DEFAULT_CONNECTION_CONFIG, initAuthCreds, type SignalKeyStore } from "@whiskeysockets/baileys";
import { openBotAuthState } from "../../worker/src/whatsapp/auth/bot-auth-state.ts";
import { decodeCreds, decodeRecord, encodeCreds, encodeRecords } from "../../worker/src/whatsapp/auth/record-codec.ts";
import type { DiskLife } from "./disk.ts";
import type { ClientConfig, SocketModel } from "./socket-model.ts";

/** Opens what a program hands to makeWASocket, from what the disk holds. */
export type OpenClient = (disk: DiskLife) => Promise<OpenedClient>;

export interface OpenedClient {
  readonly config: ClientConfig;
  attach(socket: SocketModel): void;
  isDead(): boolean;
}

/** Switchboard's auth state and repository. */
export const openSwitchboard: OpenClient = async (disk) => {
  const state = await openBotAuthState(disk, { whenMissing: "mint" });
  return { config: state, attach: (socket) => state.attach(socket), isDead: () => state.isDead };
};

/** Baileys as it comes: its own repository and transactions over the same disk, credentials saved on `creds.update`. */
export const openStock: OpenClient = async (disk) => {
  const stored = await disk.readCreds();
  const creds = stored === null ? initAuthCreds() : decodeCreds(stored);
  const save = () => disk.commit({ records: [], creds: encodeCreds(creds) });
  if (stored === null) await save();
  const { makeSignalRepository, transactionOpts } = DEFAULT_CONNECTION_CONFIG;
  return {
    config: { auth: { creds, keys: stockKeys(disk) }, makeSignalRepository, transactionOpts },
    attach: (socket) => socket.ev.on("creds.update", () => void save().catch(() => undefined)),
    isDead: () => false,
  };
};

function stockKeys(disk: DiskLife): SignalKeyStore {
  return {
    async get(type, ids) {
      const texts = await disk.read(type, ids);
      return Object.fromEntries([...texts].map(([id, text]) => [id, decodeRecord(type, text)]));
    },
    set: (data) => disk.commit({ records: encodeRecords(data), creds: null }),
  };
}
