import type * as libsignal from "libsignal";
import { libsignalPath, requireFromHere } from "../client-sources.ts";

/** One side of a conversation, with its own store in memory. */
export interface Party {
  readonly storage: libsignal.SignalStorage;
  /** What a contact needs to open a session to this party; one per contact. */
  bundle(): Parameters<libsignal.SessionBuilder["initOutgoing"]>[0];
}

interface CurveKeyPair {
  pubKey: Buffer;
  privKey: Buffer;
}

const PRE_KEY_ID = 7;
const SIGNED_PRE_KEY_ID = 1;

/** libsignal as the process has it: repaired or stock, whatever was loaded first. */
export function loadLibsignal(): typeof libsignal {
  return requireFromHere("libsignal");
}

/** A party with a fresh identity and one pre-key. `onLoad` runs before each session read. */
export function makeParty(registrationId: number, onLoad: () => Promise<void> = async () => undefined): Party {
  const curve: {
    generateKeyPair(): CurveKeyPair;
    calculateSignature(privateKey: Buffer, message: Buffer): Buffer;
  } = requireFromHere(libsignalPath("curve.js"));
  const [identity, preKey, signedPreKey] = [curve.generateKeyPair(), curve.generateKeyPair(), curve.generateKeyPair()];
  const sessions = new Map<string, libsignal.SessionRecord>();
  const { SessionRecord } = loadLibsignal();
  return {
    storage: {
      async loadSession(id) {
        await onLoad();
        const stored = sessions.get(id);
        return stored && SessionRecord.deserialize(stored.serialize());
      },
      storeSession: async (id, session) => void sessions.set(id, session),
      isTrustedIdentity: () => true,
      loadPreKey: async () => preKey,
      removePreKey: () => undefined,
      loadSignedPreKey: () => signedPreKey,
      getOurRegistrationId: () => registrationId,
      getOurIdentity: () => identity,
    },
    bundle: () => ({
      registrationId,
      identityKey: identity.pubKey,
      signedPreKey: {
        keyId: SIGNED_PRE_KEY_ID,
        publicKey: signedPreKey.pubKey,
        signature: curve.calculateSignature(identity.privKey, signedPreKey.pubKey),
      },
      preKey: { keyId: PRE_KEY_ID, publicKey: preKey.pubKey },
    }),
  };
}
