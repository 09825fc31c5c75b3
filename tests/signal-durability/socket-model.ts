import {
  addTransactionCapability,
  getNextPreKeys,
  isLidUser,
  type LIDMapping,
  makeEventBuffer,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
  type SocketConfig,
} from "@whiskeysockets/baileys";
import pino from "pino";
import { type Bundle, decodeLetter, encodeLetter } from "./contact.ts";
import type { Enc } from "./ratchet-steps.ts";
import { Turns } from "./turns.ts";

/** One device's part of a message. */
export interface Part {
  readonly jid: string;
  readonly enc: Enc;
  /** The network's commit clock as the encryption was asked for. */
  readonly encryptedFrom: number;
}

/** A message as it leaves the bot: the parts for each device, and the one for the whole group. */
export interface OutgoingStanza {
  readonly text: string;
  readonly parts: readonly Part[];
  readonly group?: { readonly id: string; readonly members: readonly string[]; readonly enc: Enc };
}

/** A message as it reaches the bot. */
export interface IncomingStanza {
  readonly from: string;
  readonly senderPn: string | undefined;
  readonly group: string | undefined;
  readonly encs: readonly Enc[];
  readonly text: string;
}

/** WhatsApp, as one socket sees it. Every call fails once the process was killed. */
export interface Network {
  fetchBundle(jid: string): Promise<Bundle>;
  lookUpLids(pns: readonly string[]): Promise<LIDMapping[]>;
  send(stanza: OutgoingStanza): Promise<void>;
  uploadPreKeys(preKeys: Readonly<Record<string, { readonly public: Uint8Array }>>): Promise<void>;
  issueToken(): Promise<Uint8Array>;
  /** Which commit comes next; only for the judge of the test. */
  nextCommit(): number;
}

/** What a program hands to makeWASocket. */
export type ClientConfig = Pick<SocketConfig, "auth" | "makeSignalRepository" | "transactionOpts">;

/** The parts of Baileys' socket that touch keys, in the order and under the locks of lib/Socket. */
export class SocketModel {
  readonly ev: ReturnType<typeof makeEventBuffer>;
  readonly authState: { creds: SocketConfig["auth"]["creds"]; keys: SignalKeyStoreWithTransaction };
  readonly signalRepository: SignalRepositoryWithLIDStore;
  endedWith: Error | undefined;
  readonly #network: Network;
  readonly #messageMutex = new Turns();
  readonly #encryptionMutexes = new Map<string, Turns>();

  /** lib/Socket/socket.js, makeSocket. */
  constructor(config: ClientConfig, network: Network) {
    const logger = pino({ level: "silent" });
    const { creds } = config.auth;
    const keys = addTransactionCapability(config.auth.keys, logger, config.transactionOpts);
    this.#network = network;
    this.ev = makeEventBuffer(logger);
    this.authState = { creds, keys };
    this.signalRepository = config.makeSignalRepository({ creds, keys }, logger, (pns) => network.lookUpLids(pns));
    this.ev.on("creds.update", (update) => Object.assign(creds, update));
  }

  end = async (error: Error | undefined): Promise<void> => {
    this.endedWith ??= error ?? new Error("ended");
    this.signalRepository.close?.();
  };

  /** lib/Socket/messages-send.js, relayMessage to one chat: everything, sending included, in one transaction. */
  async relay(recipients: readonly string[], text: string): Promise<void> {
    await this.authState.keys.transaction(async () => {
      await this.#assertSessions(recipients);
      const parts = await this.#encryptToEach(recipients, encodeLetter({ text }));
      await this.#sendNode({ text, parts });
      this.#issueTokenLater(recipients[0] ?? "");
    }, this.#meId());
  }

  /** The same for a group: sender key first, handed to those who lack it. */
  async relayToGroup(group: string, members: readonly string[], text: string): Promise<void> {
    const { keys } = this.authState;
    await keys.transaction(async () => {
      const { [group]: known = {} } = await keys.get("sender-key-memory", [group]);
      const { ciphertext, senderKeyDistributionMessage } = await this.signalRepository.encryptGroupMessage({
        group,
        meId: this.authState.creds.me?.lid ?? "",
        data: encodeLetter({ text }),
      });
      const lacking = members.filter((jid) => !known[jid]);
      await this.#assertSessions(lacking);
      const senderKey = Buffer.from(senderKeyDistributionMessage).toString("base64");
      const parts = await this.#encryptToEach(lacking, encodeLetter({ text, senderKey }));
      await keys.set({
        "sender-key-memory": { [group]: { ...known, ...Object.fromEntries(lacking.map((jid) => [jid, true])) } },
      });
      await this.#sendNode({ text, parts, group: { id: group, members, enc: { type: "skmsg", ciphertext } } });
    }, this.#meId());
  }

  /** lib/Socket/messages-recv.js, handleMessage, up to where the receipt would go out. */
  async receive(stanza: IncomingStanza, onDecrypted: () => void): Promise<void> {
    const { lidMapping } = this.signalRepository;
    if (stanza.senderPn) {
      await lidMapping.storeLIDPNMappings([{ lid: stanza.from, pn: stanza.senderPn }]);
      await this.signalRepository.migrateSession(stanza.senderPn, stanza.from);
    }
    await this.#messageMutex.run(async () => {
      for (const enc of stanza.encs) {
        const letter = decodeLetter(await this.#decrypt(stanza, enc));
        onDecrypted();
        if (letter.text !== stanza.text) throw new Error("another text than was sent");
        if (letter.senderKey) await this.#learnSenderKey(stanza, letter.senderKey);
      }
    });
  }

  /** lib/Socket/socket.js, uploadPreKeys. */
  async uploadPreKeys(count: number): Promise<void> {
    const preKeys = await this.authState.keys.transaction(async () => {
      const next = await getNextPreKeys(this.authState, count);
      this.ev.emit("creds.update", next.update);
      return next.preKeys;
    }, this.#meId());
    await this.#network.uploadPreKeys(preKeys);
  }

  #meId(): string {
    return this.authState.creds.me?.id ?? "";
  }

  async #assertSessions(jids: readonly string[]): Promise<void> {
    const lacking: string[] = [];
    for (const jid of jids) {
      if (!(await this.signalRepository.validateSession(jid)).exists) lacking.push(jid);
    }
    const numbers = lacking.filter((jid) => !isLidUser(jid));
    const mapped = (await this.signalRepository.lidMapping.getLIDsForPNs(numbers)) ?? [];
    for (const jid of [...lacking.filter((jid) => isLidUser(jid)), ...mapped.map(({ lid }) => lid)]) {
      await this.signalRepository.injectE2ESession({ jid, session: await this.#network.fetchBundle(jid) });
    }
  }

  /** createParticipantNodes: all devices at once, and a device that fails is left out. */
  async #encryptToEach(jids: readonly string[], data: Buffer): Promise<OutgoingStanza["parts"]> {
    const parts = await Promise.all(
      jids.map(async (jid) => {
        try {
          return await this.#encryptionMutex(jid).run(async () => ({
            jid,
            encryptedFrom: this.#network.nextCommit(),
            enc: await this.signalRepository.encryptMessage({ jid, data }),
          }));
        } catch {
          return null;
        }
      }),
    );
    const encrypted = parts.filter((part) => part !== null);
    if (jids.length > 0 && encrypted.length === 0) throw new Error("All encryptions failed");
    return encrypted;
  }

  #encryptionMutex(jid: string): Turns {
    const mutex = this.#encryptionMutexes.get(jid) ?? new Turns();
    this.#encryptionMutexes.set(jid, mutex);
    return mutex;
  }

  async #sendNode(stanza: OutgoingStanza): Promise<void> {
    if (this.endedWith) throw new Error("Connection Closed");
    await this.#network.send(stanza);
  }

  /** The privacy token after each message, not awaited: it ends after the transaction in whose context it runs. */
  #issueTokenLater(jid: string): void {
    const issue = async () => {
      const token = Buffer.from(await this.#network.issueToken());
      await this.authState.keys.set({ tctoken: { [jid]: { token } } });
    };
    issue().catch(() => undefined);
  }

  async #decrypt(stanza: IncomingStanza, { type, ciphertext }: Enc): Promise<Uint8Array> {
    if (type !== "skmsg") return this.signalRepository.decryptMessage({ jid: stanza.from, type, ciphertext });
    const group = stanza.group ?? "";
    return this.signalRepository.decryptGroupMessage({ group, authorJid: stanza.from, msg: ciphertext });
  }

  async #learnSenderKey(stanza: IncomingStanza, senderKey: string): Promise<void> {
    await this.signalRepository.processSenderKeyDistributionMessage({
      authorJid: stanza.from,
      item: { groupId: stanza.group ?? "", axolotlSenderKeyDistributionMessage: Buffer.from(senderKey, "base64") },
    });
  }
}
