import type { AuthRecord } from "@switchboard/core/ports/auth-record-store";
import {
  type AuthenticationCreds,
  BufferJSON,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
} from "@whiskeysockets/baileys";
import { CredentialsUnreadableError } from "./errors.ts";

/** Fields without which credentials are no identity at all. */
const REQUIRED_CREDENTIALS = ["noiseKey", "signedIdentityKey", "signedPreKey", "registrationId", "advSecretKey"];

/** Names a record among those of a bot. Types hold no colon, so that it is unambiguous. */
export const recordKey = (type: string, id: string): string => `${type}:${id}`;

/** Turns what Baileys sets into text at once, so that later changes to its objects cannot leak into the store. */
export function encodeRecords(data: SignalDataSet): AuthRecord[] {
  return Object.entries(data).flatMap(([type, values]) =>
    Object.entries(values ?? {}).map(([id, value]) => ({ type, id, value: encodeValue(value) })),
  );
}

function encodeValue(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value, BufferJSON.replacer);
}

/** A fresh object of what Baileys expects of this type; every call makes its own. */
export function decodeRecord<T extends keyof SignalDataTypeMap>(type: T, text: string): SignalDataTypeMap[T] {
  const value = JSON.parse(text, BufferJSON.reviver);
  return type === "app-state-sync-key" ? reviveAppStateKey(value) : value;
}

/** Baileys reads this type as a protobuf message (lib/Utils/use-multi-file-auth-state.js does the same). */
function reviveAppStateKey(value: { [field: string]: unknown }): ReturnType<typeof JSON.parse> {
  return proto.Message.AppStateSyncKeyData.fromObject(value);
}

/** The whole credentials as text. Equal credentials give equal text. */
export function encodeCreds(creds: AuthenticationCreds): string {
  return JSON.stringify(creds, BufferJSON.replacer);
}

/** @throws CredentialsUnreadableError when the text is not credentials. The text is never quoted. */
export function decodeCreds(text: string): AuthenticationCreds {
  const creds = parse(text);
  const missing = REQUIRED_CREDENTIALS.filter((field) => creds[field] === undefined || creds[field] === null);
  if (missing.length > 0) throw new CredentialsUnreadableError(`stored credentials lack ${missing.join(", ")}`);
  return creds;
}

function parse(text: string): ReturnType<typeof JSON.parse> {
  try {
    const value: unknown = JSON.parse(text, BufferJSON.reviver);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // A parser's message may quote the text, so it is not passed on.
  }
  throw new CredentialsUnreadableError("stored credentials are not valid text");
}
