import type { AuthRecord, AuthRecordStore } from "@switchboard/core/ports/auth-record-store";
import {
  type AuthenticationCreds,
  type AuthenticationState,
  initAuthCreds,
  type SocketConfig,
  type TransactionCapabilityOptions,
  type WASocket,
} from "@whiskeysockets/baileys";
import { assertRepairsInstalled } from "../repairs/installed.ts";
import { AuthStateLife } from "./auth-state-life.ts";
import { mendBaileysKeys } from "./baileys-keys.ts";
import { makeBotSignalRepository } from "./bot-signal-repository.ts";
import { BotTransactions } from "./bot-transactions.ts";
import { assertUncached, makeCacheProbe } from "./cache-probe.ts";
import { type AuthStateDeadError, CredentialsMissingError, CredentialsUnreadableError } from "./errors.ts";
import { GroupCommit, type GroupCommitDeps } from "./group-commit.ts";
import { keepPreKeyIdsAhead } from "./pre-key-ids.ts";
import { RecordCache } from "./record-cache.ts";
import { decodeCreds, encodeCreds } from "./record-codec.ts";

/** The parts of a socket that the auth state uses. */
export type AttachedSocket = Pick<WASocket, "end" | "ev" | "authState">;

/** Tells of received messages that were answered and handed to the program, by the ciphertexts that stood in them. */
export interface AnsweredMessages {
  onAnswered(listener: (ciphertext: Uint8Array) => void): void;
}

/** How to open a bot's auth state. */
export interface BotAuthStateOptions {
  /** `mint` makes a new identity for a bot that has none, to link it; `refuse` throws. Unreadable ones always throw. */
  readonly whenMissing: "mint" | "refuse";
  /** Called once, in the tick in which a commit failed and after the socket was ended. Must not throw. */
  readonly onDeath?: (error: AuthStateDeadError) => void;
  /** Characters of committed records to keep in memory; 512 Ki by default. */
  readonly cacheCharactersMax?: number;
}

/**
 * One bot's credentials and keys for one or more successive sockets. No ciphertext leaves before the ratchet step that
 * made it is durable. One object per bot at a time; it does not fence, its store does.
 */
export interface BotAuthState {
  /** Pass to makeWASocket as it is: wrapped in makeCacheableSignalKeyStore it would be refused. */
  readonly auth: AuthenticationState;
  /** Pass to makeWASocket. */
  readonly makeSignalRepository: SocketConfig["makeSignalRepository"];
  /** Pass to makeWASocket: a failed commit is final, so there is nothing to retry. */
  readonly transactionOpts: TransactionCapabilityOptions;
  /**
   * Call in the tick of makeWASocket. Ends the socket when a commit fails, before the failed call throws; stores changed
   * credentials. `received` tells which messages were answered: with it, a message whose answer did not go out can be
   * decrypted by the next connection, too. @throws Error when the socket was not given this state's makeSignalRepository.
   */
  attach(socket: AttachedSocket, received?: AnsweredMessages): void;
  /** Resolves when everything written so far, credentials included, is durable. @throws AuthStateDeadError */
  flush(): Promise<void>;
  /**
   * Lets running and waiting transactions finish, shuts the gate for later writes, then stores what is left with the
   * whole credentials. End the socket first. Safe to call twice. @throws AuthStateDeadError
   */
  close(): Promise<void>;
  /** Whether a commit failed. A dead state never recovers: open a new one from the store. */
  readonly isDead: boolean;
}

/**
 * Opens a bot's auth state from its store. Minted credentials are durable before it resolves.
 * @throws CredentialsMissingError, CredentialsUnreadableError (cause: the store's error), AuthStateDeadError when minted
 * credentials could not be stored, RepairError when the process runs the unrepaired client.
 */
export async function openBotAuthState(store: AuthRecordStore, options: BotAuthStateOptions): Promise<BotAuthState> {
  assertRepairsInstalled();
  const durableCreds = await readCreds(store);
  if (durableCreds === null && options.whenMissing === "refuse") {
    throw new CredentialsMissingError("the bot has no credentials");
  }
  const creds = durableCreds === null ? initAuthCreds() : decodeCreds(durableCreds);
  const state = compose(store, options, creds, durableCreds);
  await state.flush();
  return state;
}

async function readCreds(store: AuthRecordStore): Promise<string | null> {
  try {
    return await store.readCreds();
  } catch (cause) {
    throw new CredentialsUnreadableError("stored credentials could not be read", { cause });
  }
}

function compose(
  store: AuthRecordStore,
  options: BotAuthStateOptions,
  creds: AuthenticationCreds,
  durableCreds: string | null,
): BotAuthState {
  let socket: AttachedSocket | undefined;
  let isWired = false;
  let closing: Promise<void> | undefined;
  const life = new AuthStateLife((error) => {
    // `end` closes the connection before its first await; what follows is its own clean-up.
    socket?.end(error).catch(() => undefined);
    options.onDeath?.(error);
  });
  const core = makeCore({ store, life, creds, durableCreds, cache: new RecordCache(options.cacheCharactersMax) });

  return {
    auth: { creds, keys: { get: makeCacheProbe(core.transactions).get, set: core.transactions.set } },
    makeSignalRepository: (_auth, ...rest) => {
      isWired = true;
      return makeBotSignalRepository(creds, core.transactions, ...rest);
    },
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    attach(attached, received) {
      if (!isWired) throw new Error("the socket was made without this state’s makeSignalRepository");
      socket = attached;
      if (life.death) attached.end(life.death).catch(() => undefined);
      assertUncached(attached.authState.keys).catch((error) => life.die(error));
      mendBaileysKeys(attached.authState.keys, { set: core.transactions.set, flush: core.flush });
      if (received) {
        core.transactions.keptKeys.turnOn();
        received.onAnswered((ciphertext) => core.transactions.keptKeys.answered(ciphertext));
      }
      attached.ev.on("creds.update", () => void core.flush().catch(() => undefined));
    },
    flush: core.flush,
    close: () => {
      closing ??= core.close();
      return closing;
    },
    get isDead() {
      return life.death !== undefined;
    },
  };
}

interface Core {
  readonly transactions: BotTransactions;
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface CoreDeps extends Omit<GroupCommitDeps, "readCreds"> {
  readonly creds: AuthenticationCreds;
}

function makeCore({ creds, ...deps }: CoreDeps): Core {
  const { store, life } = deps;
  const commits = new GroupCommit({ ...deps, readCreds: () => encodeCreds(creds) });
  const onWrite = (records: readonly AuthRecord[]) => keepPreKeyIdsAhead(creds, records);
  const transactions = new BotTransactions({ store, commits, life, onWrite });
  return {
    transactions,
    // Credentials that change after the hand-over belong to nobody: another holder may have stored newer ones.
    flush: () => (life.isClosed ? commits.settled() : commits.enqueue([])),
    async close() {
      await transactions.close();
      await commits.enqueue([]);
    },
  };
}
