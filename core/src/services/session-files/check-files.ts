import { type Bytes, copyBytes, equalBytes } from "../../crypto/bytes.ts";
import { bareKey, isKeySigned, publicKeyOf } from "../../crypto/curve25519.ts";
import { findCredentialsDefect } from "../../domain/auth-credentials.ts";
import { findValueDefect } from "../../domain/auth-record-values.ts";
import {
  base64Text,
  bytes,
  either,
  fields,
  isObject,
  listOf,
  optional,
  wholeNumber,
} from "../../domain/buffer-json.ts";
import { CREDENTIALS_FILE, readSessionFileName, type SessionFile } from "../../domain/session-files.ts";
import { type FieldError, ServiceError } from "../../errors.ts";
import type { AuthRecord } from "../../ports/auth-record-store.ts";

/** Files that are the session of one linked device. */
export interface CheckedSession {
  /** BufferJSON text of the credentials. */
  readonly creds: string;
  readonly records: readonly AuthRecord[];
  readonly account: LinkedAccount;
}

/** The account a device is linked to, as its credentials name it. */
export interface LinkedAccount {
  readonly id: string;
  readonly lid: string | null;
  readonly name: string | null;
}

/** Enough to mend a directory by. */
const DEFECTS_MAX = 50;
const CHECKED_AT_ONCE = 64;

/**
 * Checks files as Baileys' `useMultiFileAuthState` writes them, all of them before anything is stored: each is known by its
 * name and has the form of what it holds, public keys belong to their private ones, and the identity signed the pre-key.
 * What Baileys does not write is refused and not passed over: a key nobody recognises would be missing without a word.
 * @throws ServiceError validation-failed, naming each file
 */
export async function checkSessionFiles(files: unknown): Promise<CheckedSession> {
  if (!isObject(files)) throw refused([{ path: "files", message: "Must be an object of files by their names." }]);
  const named = Object.entries(files).map(([name, value]) => ({ name, value, file: readSessionFileName(name) }));
  const defects: FieldError[] = [];
  for (let start = 0; start < named.length && defects.length < DEFECTS_MAX; start += CHECKED_AT_ONCE) {
    const found = await Promise.all(named.slice(start, start + CHECKED_AT_ONCE).map(findDefect));
    defects.push(...found.flat());
  }
  const creds = files[CREDENTIALS_FILE];
  if (creds === undefined)
    defects.unshift({ path: `files.${CREDENTIALS_FILE}`, message: "Is missing: without it there is no session." });
  if (defects.length > 0) throw refused(defects);
  return { creds: JSON.stringify(creds), records: toRecords(named), account: accountOf(creds) };
}

interface NamedFile {
  readonly name: string;
  readonly value: unknown;
  readonly file: SessionFile | null;
}

async function findDefect({ name, value, file }: NamedFile): Promise<FieldError[]> {
  if (file === null) return [{ path: `files.${name}`, message: UNKNOWN }];
  const defect = file.kind === "credentials" ? await defectOfCredentials(value) : await defectOfKey(file.type, value);
  if (defect === null) return [];
  return [{ path: `files.${name}`, message: `${defect.charAt(0).toUpperCase()}${defect.slice(1)}.` }];
}

const UNKNOWN =
  "Is no file that Baileys 7.0.0-rc14 writes. Leave it out, or see whether the directory is the right one.";

/** `AuthenticationCreds` of Baileys (src/Types/Auth.ts): what a device that is linked has besides what any holder stores. */
const linkedForm = fields({
  // A protobuf message writes its bytes as base64 by itself.
  account: fields({
    details: either(base64Text, bytes(1)),
    accountSignatureKey: either(base64Text, bytes(32, 33)),
    accountSignature: either(base64Text, bytes(64, 64)),
    deviceSignature: either(base64Text, bytes(64, 64)),
  }),
  accountSyncCounter: optional(wholeNumber),
  accountSettings: optional((value) => (isObject(value) ? null : "must be an object")),
  processedHistoryMessages: optional(listOf((value) => (isObject(value) ? null : "must be an object"))),
  signalIdentities: optional(listOf((value) => (isObject(value) ? null : "must be an object"))),
});

async function defectOfCredentials(value: unknown): Promise<string | null> {
  const isUnlinked = isObject(value) && (value.me === undefined || value.account === undefined);
  if (isUnlinked) return "is of a device that was never linked, or not to the end";
  const defect = findCredentialsDefect(value) ?? linkedForm(value);
  if (defect !== null || !isObject(value)) return defect ?? "must be an object";
  for (const name of ["noiseKey", "signedIdentityKey", "pairingEphemeralKeyPair"])
    if (isObject(value[name]) && !(await isPair(value[name])))
      return `${name} has a public key that is not its private key's`;
  const { signedPreKey, signedIdentityKey } = value;
  if (!isObject(signedPreKey) || !isObject(signedIdentityKey)) return "must be an object";
  if (!(await isPair(signedPreKey.keyPair))) return "signedPreKey has a public key that is not its private key's";
  const signed = bytesOf(isObject(signedPreKey.keyPair) ? signedPreKey.keyPair.public : null);
  if (await isKeySigned(bytesOf(signedIdentityKey.public), signed, bytesOf(signedPreKey.signature))) return null;
  return "signedPreKey was not signed by signedIdentityKey";
}

async function defectOfKey(type: Parameters<typeof findValueDefect>[0], value: unknown): Promise<string | null> {
  const defect = findValueDefect(type, value);
  if (defect !== null || type !== "pre-key") return defect;
  return (await isPair(value)) ? null : "has a public key that is not its private key's";
}

/** true when the public half is the private one's; the form was checked. */
async function isPair(value: unknown): Promise<boolean> {
  if (!isObject(value)) return false;
  return equalBytes(bareKey(bytesOf(value.public)), await publicKeyOf(bytesOf(value.private)));
}

/** The bytes of a BufferJSON value whose form was checked. */
function bytesOf(value: unknown): Bytes {
  const text = isObject(value) && typeof value.data === "string" ? value.data : "";
  return copyBytes(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

const toRecords = (named: readonly NamedFile[]): AuthRecord[] =>
  named.flatMap(({ value, file }) =>
    file?.kind === "key" ? [{ type: file.type, id: file.id, value: JSON.stringify(value) }] : [],
  );

function accountOf(creds: unknown): LinkedAccount {
  const me = isObject(creds) && isObject(creds.me) ? creds.me : {};
  const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
  return { id: textOf(me.id) ?? "", lid: textOf(me.lid), name: textOf(me.name) };
}

const refused = (defects: readonly FieldError[]) =>
  new ServiceError("validation-failed", "The files are not a session of Baileys. Nothing was stored.", {
    errors: defects.slice(0, DEFECTS_MAX),
  });
