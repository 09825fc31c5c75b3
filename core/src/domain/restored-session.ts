/** A stored record with its value as BufferJSON text. */
export interface RestoredRecord {
  readonly type: string;
  readonly id: string;
  readonly value: string;
}

/** Ids of pre-keys have 24 bits (Baileys, src/Utils/signal.ts: encodeBigEndian(keyId, 3)); room is left for what follows. */
const PRE_KEY_ID_MAX = 2 ** 24 - 2 ** 16;
/** At the least as many ids are passed over: more than a bot uses up between two backups. */
const PRE_KEY_IDS_SKIPPED = 10_000;
/** Beyond that a number below this is added, so that two restores of one backup do not go on with the same ids. */
const PRE_KEY_IDS_SPREAD = 2 ** 18;

/** Cheap to rebuild and wrong to trust: they say what others were sent, or have, as of an older state. */
export const typesNotToTrust: ReadonlySet<string> = new Set(["sender-key-memory", "device-list"]);

/**
 * The value of a restored record that is safe to send from, however old the backup is and however often it is put back: no
 * chain of keys that sent before sends again. Open conversations are closed (libsignal, src/session_record.js: `closed` is
 * -1 while a session is open), so that the next message begins a new one and what is still to come under the old one
 * can be read. Own sender keys of groups go (null), and others take their place at the next message. Pure.
 * @throws SyntaxError, TypeError when the value has not the form of its type
 */
export function closeRestored({ type, value }: Pick<RestoredRecord, "type" | "value">, nowMs: number): string | null {
  if (typesNotToTrust.has(type)) return null;
  if (type === "session") return closedSession(value, nowMs);
  if (type === "sender-key") return isOwnSenderKey(value) ? null : value;
  return value;
}

/**
 * Credentials of a restored session: pre-keys are numbered from a place that was not used before, since those made after
 * the backup are known to the server under their ids. `spread` is a random number from 0 up to 1. Pure.
 * @throws SyntaxError when the text is not JSON
 */
export function renumberRestoredPreKeys(creds: string, spread: number): string {
  const parsed: Record<string, unknown> = JSON.parse(creds);
  const { nextPreKeyId: next } = parsed;
  if (typeof next !== "number") return creds;
  const skipped = PRE_KEY_IDS_SKIPPED + Math.floor(spread * PRE_KEY_IDS_SPREAD);
  const nextPreKeyId = next + skipped > PRE_KEY_ID_MAX ? skipped : next + skipped;
  // Those between the two are made and not uploaded: of the new ids there are none.
  return JSON.stringify({ ...parsed, nextPreKeyId, firstUnuploadedPreKeyId: nextPreKeyId });
}

interface SerialisedRecord {
  readonly _sessions?: Readonly<Record<string, { readonly indexInfo: { closed?: number } }>>;
}

function closedSession(text: string, nowMs: number): string {
  const record: SerialisedRecord = JSON.parse(text);
  const open = Object.values(record._sessions ?? {}).filter(({ indexInfo }) => indexInfo.closed === -1);
  if (open.length === 0) return text;
  for (const { indexInfo } of open) indexInfo.closed = nowMs;
  return JSON.stringify(record);
}

/** Only the own key of a group has a private half (Baileys, src/Signal/Group/sender-key-state.ts). */
function isOwnSenderKey(text: string): boolean {
  const states: readonly { readonly senderSigningKey?: { readonly private?: unknown } }[] = JSON.parse(
    new TextDecoder().decode(bytesOf(JSON.parse(text))),
  );
  return states.some(({ senderSigningKey }) => bytesOf(senderSigningKey?.private).length > 0);
}

/** Bytes in BufferJSON's form, or in that of JSON.stringify(Buffer); none for anything else. */
function bytesOf(value: unknown): Uint8Array {
  if (typeof value !== "object" || value === null || !("data" in value)) return new Uint8Array(0);
  const { data } = value;
  if (Array.isArray(data)) return Uint8Array.from(data);
  return typeof data === "string" ? Uint8Array.from(atob(data), (char) => char.charCodeAt(0)) : new Uint8Array(0);
}
