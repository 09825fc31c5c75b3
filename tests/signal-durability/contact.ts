import {
  type AuthenticationCreds,
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalRepositoryWithLIDStore,
} from "@whiskeysockets/baileys";
import pino from "pino";
import { decodeRecord, encodeRecords } from "../../worker/src/whatsapp/auth/record-codec.ts";
import type { Enc } from "./ratchet-steps.ts";
import { Turns } from "./turns.ts";

/** What opens a session to somebody, as WhatsApp hands it out. */
export type Bundle = Parameters<SignalRepositoryWithLIDStore["injectE2ESession"]>[0]["session"];

/** The plaintext of every message of these tests. */
export interface Letter {
  readonly text: string;
  /** Base64 of a sender key distribution message, when the sender hands its sender key out. */
  readonly senderKey?: string;
}

export function encodeLetter(letter: Letter): Buffer {
  return Buffer.from(JSON.stringify(letter));
}

export function decodeLetter(bytes: Uint8Array): Letter {
  return JSON.parse(Buffer.from(bytes).toString());
}

/** Somebody the bot talks to: real libsignal over a store that answers at once, one message at a time. */
export class Contact {
  readonly lid: string;
  /** The number the bot knows the contact by; undefined when only the LID is known. */
  readonly pn: string | undefined;
  readonly failures: string[] = [];
  readonly #creds: AuthenticationCreds;
  readonly #rows = new Map<string, string>();
  readonly #repository: SignalRepositoryWithLIDStore;
  readonly #turns = new Turns();
  #nextPreKeyId = 1;

  constructor(creds: AuthenticationCreds, lid: string, pn?: string) {
    this.#creds = creds;
    this.lid = lid;
    this.pn = pn;
    const logger = pino({ level: "silent" });
    const keys = addTransactionCapability(this.#store(), logger, DEFAULT_CONNECTION_CONFIG.transactionOpts);
    this.#repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds: this.#creds, keys }, logger);
  }

  /** A bundle with a pre-key of its own. */
  async makeBundle(): Promise<Bundle> {
    const preKey = Curve.generateKeyPair();
    const keyId = this.#nextPreKeyId++;
    this.#write({ "pre-key": { [keyId]: preKey } });
    return { ...publicBundle(this.#creds), preKey: { keyId, publicKey: generateSignalPubKey(preKey.public) } };
  }

  /** Decrypts what the bot sent to this contact; a failure is remembered, never thrown. */
  async receive(from: string, encs: readonly Enc[], group: string | undefined, text: string): Promise<void> {
    await this.#turns
      .run(async () => {
        for (const enc of encs) {
          const letter = decodeLetter(await this.#decrypt(from, enc, group));
          if (letter.senderKey && group) await this.#learnSenderKey(from, group, letter.senderKey);
          if (letter.text !== text) throw new Error("another text than was sent");
        }
      })
      .catch((error: Error) => this.failures.push(`${text}: ${error.message}`));
  }

  /** Encrypts to the bot, opening a session first when there is none. */
  async write(to: string, text: string, fetchBundle: () => Promise<Bundle>): Promise<Enc[]> {
    return this.#turns.run(async () => [await this.#encrypt(to, { text }, fetchBundle)]);
  }

  /** Encrypts to a group, the sender key in a part of its own for the bot. */
  async writeToGroup(to: string, group: string, text: string, fetchBundle: () => Promise<Bundle>): Promise<Enc[]> {
    return this.#turns.run(async () => {
      const { ciphertext, senderKeyDistributionMessage } = await this.#repository.encryptGroupMessage({
        group,
        meId: this.lid,
        data: encodeLetter({ text }),
      });
      const senderKey = Buffer.from(senderKeyDistributionMessage).toString("base64");
      const enc = await this.#encrypt(to, { text, senderKey }, fetchBundle);
      return [enc, { type: "skmsg", ciphertext }];
    });
  }

  async #encrypt(to: string, letter: Letter, fetchBundle: () => Promise<Bundle>): Promise<Enc> {
    const { exists } = await this.#repository.validateSession(to);
    if (!exists) await this.#repository.injectE2ESession({ jid: to, session: await fetchBundle() });
    return this.#repository.encryptMessage({ jid: to, data: encodeLetter(letter) });
  }

  async #decrypt(from: string, { type, ciphertext }: Enc, group: string | undefined): Promise<Uint8Array> {
    if (type !== "skmsg") return this.#repository.decryptMessage({ jid: from, type, ciphertext });
    if (!group) throw new Error("a group message without a group");
    return this.#repository.decryptGroupMessage({ group, authorJid: from, msg: ciphertext });
  }

  async #learnSenderKey(from: string, groupId: string, senderKey: string): Promise<void> {
    await this.#repository.processSenderKeyDistributionMessage({
      authorJid: from,
      item: { groupId, axolotlSenderKeyDistributionMessage: Buffer.from(senderKey, "base64") },
    });
  }

  #store() {
    return {
      get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
        const found: { [id: string]: SignalDataTypeMap[T] } = {};
        for (const id of ids) {
          const text = this.#rows.get(`${type}:${id}`);
          if (text !== undefined) found[id] = decodeRecord(type, text);
        }
        return found;
      },
      set: (data: SignalDataSet) => this.#write(data),
    };
  }

  #write(data: SignalDataSet): void {
    for (const { type, id, value } of encodeRecords(data)) {
      if (value === null) this.#rows.delete(`${type}:${id}`);
      else this.#rows.set(`${type}:${id}`, value);
    }
  }
}

/** The part of a bundle that is the same for everybody. */
export function publicBundle(creds: AuthenticationCreds): Omit<Bundle, "preKey"> {
  const { keyId, signature, keyPair } = creds.signedPreKey;
  return {
    registrationId: creds.registrationId,
    identityKey: generateSignalPubKey(creds.signedIdentityKey.public),
    signedPreKey: { keyId, signature, publicKey: generateSignalPubKey(keyPair.public) },
  };
}
