import { Curve, generateSignalPubKey, type SignalRepositoryWithLIDStore, signedKeyPair } from "@whiskeysockets/baileys";

type Bundle = Parameters<SignalRepositoryWithLIDStore["injectE2ESession"]>[0]["session"];

/** What opens a session to somebody who never answers. */
export function makeContactBundle(): Bundle {
  const identity = Curve.generateKeyPair();
  const { keyPair, signature, keyId } = signedKeyPair(identity, 1);
  return {
    registrationId: 1234,
    identityKey: generateSignalPubKey(identity.public),
    signedPreKey: { keyId, signature, publicKey: generateSignalPubKey(keyPair.public) },
    preKey: { keyId: 1, publicKey: generateSignalPubKey(Curve.generateKeyPair().public) },
  };
}
