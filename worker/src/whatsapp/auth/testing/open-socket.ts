import {
  addTransactionCapability,
  makeEventBuffer,
  type SignalKeyStore,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
  type SocketConfig,
} from "@whiskeysockets/baileys";
import pino from "pino";
import type { AnsweredMessages, BotAuthState } from "../bot-auth-state.ts";

/** What makeWASocket makes of a state's parts (Baileys lib/Socket/socket.js), without a connection. */
export interface SocketParts {
  readonly ev: ReturnType<typeof makeEventBuffer>;
  readonly authState: { creds: SocketConfig["auth"]["creds"]; keys: SignalKeyStoreWithTransaction };
  readonly repository: SignalRepositoryWithLIDStore;
  readonly endedWith: (Error | undefined)[];
  end(error: Error | undefined): Promise<void>;
}

export interface SocketOptions {
  /** How the program hands the keys on; as they are by default. */
  readonly wrapKeys?: (keys: SignalKeyStore) => SignalKeyStore;
  /** Answers a look-up of LIDs over the network; nothing by default. */
  readonly lookUpLids?: (numbers: string[]) => Promise<{ pn: string; lid: string }[]>;
  /** Tells of answered messages; nobody does by default. */
  readonly received?: AnsweredMessages;
}

export function openSocket(state: BotAuthState, options: SocketOptions = {}): SocketParts {
  const logger = pino({ level: "silent" });
  const { creds } = state.auth;
  const given = options.wrapKeys?.(state.auth.keys) ?? state.auth.keys;
  const keys = addTransactionCapability(given, logger, state.transactionOpts);
  const repository = state.makeSignalRepository({ creds, keys }, logger, options.lookUpLids);
  const ev = makeEventBuffer(logger);
  ev.on("creds.update", (update) => Object.assign(creds, update));
  const endedWith: (Error | undefined)[] = [];
  const socket = {
    ev,
    authState: { creds, keys },
    repository,
    endedWith,
    end: async (error: Error | undefined) => void endedWith.push(error),
  };
  state.attach(socket, options.received);
  return socket;
}
