import {
  type AuthenticationCreds,
  type AuthenticationState,
  BufferJSON,
  type SignalDataSet,
} from "@whiskeysockets/baileys";
import type { Simulator } from "../../simulator/index.ts";
import { BaileysClient } from "../../simulator/testing/baileys-client.ts";
import { MemoryAuthState } from "../../simulator/testing/memory-auth-state.ts";

/** One write of a client: a `keys.set` call, or credentials after a `creds.update`. */
export type AuthWrite =
  | { readonly kind: "keys"; readonly data: SignalDataSet }
  | { readonly kind: "creds"; readonly creds: AuthenticationCreds };

/** What a client wrote, as texts, so that each replay gets objects of its own. */
export interface Recording {
  readonly pairing: readonly string[];
  readonly messages: readonly string[];
}

/** Links a bare client with `contactCount` contacts, sends `messageCount` texts to one of them, and records the writes. */
export async function recordSession(
  simulator: Simulator,
  { contactCount, messageCount }: { contactCount: number; messageCount: number },
): Promise<Recording> {
  const contacts = Array.from({ length: contactCount }, () => simulator.createContact({}));
  const phone = simulator.createPhone({ phoneNumber: "4915100000001", contacts });
  const writes: string[] = [];
  const note = (write: AuthWrite) => writes.push(JSON.stringify(write, BufferJSON.replacer));
  const auth = new RecordingAuthState(note);
  const client = new BaileysClient({ url: simulator.url, auth });
  // After the client's own listener, so that the update is merged: this is what a `saveCreds` would write.
  client.onSocket((sock) => sock.ev.on("creds.update", () => note({ kind: "creds", creds: auth.creds })));
  await client.until(() => client.qr !== undefined);
  const device = await phone.scanQr(client.qr ?? "");
  await client.untilOpen();
  await simulator.transcript.waitFor(({ kind }) => kind === "history-sent");
  await phone.waitDelivered(device);
  const pairing = writes.splice(0);
  const [contact] = contacts;
  for (let sent = 0; sent < messageCount; sent += 1)
    await client.sock.sendMessage(contact?.jid ?? "", { text: `message ${sent}` });
  await client.stop();
  return { pairing, messages: writes };
}

/** The writes of a recording as fresh objects. */
export const readWrites = (texts: readonly string[]): AuthWrite[] =>
  texts.map((text) => JSON.parse(text, BufferJSON.reviver));

/** A state in memory that tells of each write as it comes. */
class RecordingAuthState extends MemoryAuthState {
  readonly #note: (write: AuthWrite) => void;

  constructor(note: (write: AuthWrite) => void) {
    super();
    this.#note = note;
  }

  override get state(): AuthenticationState {
    const { creds, keys } = super.state;
    return {
      creds,
      keys: {
        get: keys.get,
        set: (data) => {
          this.#note({ kind: "keys", data });
          return keys.set(data);
        },
      },
    };
  }
}
