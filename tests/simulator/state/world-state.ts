import { z } from "zod";
import type { SerializedSessionRecord } from "../signal/libsignal-internals.ts";

const base64 = z.base64().transform((text) => Buffer.from(text, "base64"));
const session = z.record(z.string(), z.unknown()) satisfies z.ZodType<SerializedSessionRecord>;

const signalState = z.object({
  identityPrivateKey: z.string(),
  signedPrePrivateKey: z.string(),
  registrationId: z.number(),
  nextPreKeyId: z.number(),
  preKeys: z.array(z.tuple([z.number(), z.string()])),
  sessions: z.array(z.tuple([z.string(), session])),
});

const simulatedDevice = z.object({ id: z.number(), keyIndex: z.number().nullable(), signal: signalState });

const linkedDevice = z.object({
  id: z.number(),
  keyIndex: z.number(),
  noiseKey: base64,
  identityKey: base64,
  registrationId: z.number(),
  signedPreKey: z.object({ id: z.number(), publicKey: base64, signature: base64 }),
  statement: z.object({ details: base64, accountKey: base64, accountSignature: base64 }),
  deviceSignature: base64,
  preKeys: z.array(z.tuple([z.number(), base64])),
  knownPreKeys: z.array(z.tuple([z.number(), z.string()])),
  isHistorySent: z.boolean(),
});

const person = z.object({
  phoneNumber: z.string().nullable(),
  lidUser: z.string().nullable(),
  name: z.string(),
  isLidTold: z.boolean(),
  privacy: z.array(z.tuple([z.string(), z.string()])),
  /** Names of the blocked accounts. */
  blocked: z.array(z.string()),
  simulatedDevices: z.array(simulatedDevice),
  linkedDevices: z.array(linkedDevice),
  /** null for a contact. */
  phone: z
    .object({ contacts: z.array(z.string()), keyId: base64, keyData: base64, businessName: z.string().nullable() })
    .nullable(),
  appState: z.array(z.tuple([z.string(), z.array(base64)])),
});

/** The shape of a saved simulator. It holds private keys, of simulated people only. */
export const worldStateSchema = z.object({
  version: z.literal(1),
  root: base64,
  staticKey: base64,
  people: z.array(person),
});

/** A saved simulator, read. */
export type WorldState = z.output<typeof worldStateSchema>;
/** A saved simulator as it stands in the file. */
export type SavedWorld = z.input<typeof worldStateSchema>;
/** A saved person, read. */
export type PersonState = WorldState["people"][number];
/** A saved person as it stands in the file. */
export type SavedPerson = SavedWorld["people"][number];
/** A saved linked device, read. */
export type LinkedDeviceState = PersonState["linkedDevices"][number];
