import type { proto } from "@whiskeysockets/baileys/WAProto/index.js";
import type { CompanionKeys } from "../accounts/linked-device.ts";
import { isSignatureValid, withTypeByte } from "../crypto/key-pair.ts";
import { stanza } from "../wire/binary-node.ts";
import { SERVER_JID } from "../wire/jid.ts";
import type { World } from "../world.ts";
import type { Connection } from "./connection.ts";

const QR_REF_COUNT = 6;

/** A request for a pairing code. */
export interface CodeRequest {
  readonly phoneNumber: string;
  readonly ref: Buffer;
  readonly wrappedEphemeralKey: Buffer;
  /** Set once the code was typed on the phone. */
  offer: PrimaryOffer | null;
}

/** What the phone contributed to a pairing by code. */
export interface PrimaryOffer {
  readonly ephemeralPrivateKey: Buffer;
  readonly companionEphemeralKey: Buffer;
  readonly settle: (outcome: { advSecret: Buffer } | { refusal: string }) => void;
}

/** A companion that is connected and wants to be linked. */
export interface Registration {
  readonly keys: CompanionKeys;
  readonly refs: ReadonlySet<string>;
  codeRequest: CodeRequest | null;
  /** Whether the phone's account wants a passkey, and the companion was asked for it. */
  isPasskeyAsked: boolean;
}

/** Reads the registration of a companion and shows it the references for QR codes. */
export function startRegistration(world: World, connection: Connection, payload: proto.IClientPayload): void {
  const keys = readCompanionKeys(world, connection, payload);
  if (keys === null) {
    connection.close();
    return;
  }
  const refs = Array.from({ length: QR_REF_COUNT }, () => `2@${world.randomness.bytes(48).toString("base64")}`);
  connection.registration = { keys, refs: new Set(refs), codeRequest: null, isPasskeyAsked: false };
  const id = world.newStanzaId();
  connection.expectedResults.set(id, () => undefined);
  const refNodes = refs.map((ref) => stanza("ref", {}, Buffer.from(ref)));
  connection.send(
    stanza("iq", { from: SERVER_JID, type: "set", id, xmlns: "md" }, [stanza("pair-device", {}, refNodes)]),
  );
}

function readCompanionKeys(world: World, connection: Connection, payload: proto.IClientPayload): CompanionKeys | null {
  const data = payload.devicePairingData;
  const identityKey = Buffer.from(data?.eIdent ?? []);
  const registrationId = Buffer.from(data?.eRegid ?? []);
  const signedPreKeyId = Buffer.from(data?.eSkeyId ?? []);
  const publicKey = Buffer.from(data?.eSkeyVal ?? []);
  const signature = Buffer.from(data?.eSkeySig ?? []);
  const isComplete =
    identityKey.length === 32 && registrationId.length === 4 && signedPreKeyId.length === 3 && publicKey.length === 32;
  if (!isComplete || connection.clientStaticKey === null) {
    world.judge.report("link.wrong-keys", "registration with keys of wrong length");
    return null;
  }
  if (!isSignatureValid(identityKey, withTypeByte(publicKey), signature)) {
    world.judge.report("link.signed-pre-key", "the signed pre-key is not signed by the companion's identity");
    return null;
  }
  return {
    noiseKey: connection.clientStaticKey,
    identityKey,
    registrationId: registrationId.readUInt32BE(),
    signedPreKey: { id: signedPreKeyId.readUIntBE(0, 3), publicKey, signature },
  };
}
