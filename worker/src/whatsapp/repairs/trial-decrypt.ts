/** The part of libsignal's SessionEntry (src/session_record.js) that a trial decrypt may change. */
export interface SessionEntry {
  serialize(): object;
  readonly constructor: unknown;
}

/** SessionCipher.doDecryptWhisperMessage (libsignal src/session_cipher.js). */
export type TrialDecrypt = (this: unknown, message: Buffer, session: SessionEntry | undefined) => Promise<Buffer>;

/**
 * Makes one trial decrypt all or nothing: a session that does not fit the message is left exactly as it was.
 *
 * libsignal steps the ratchet before it verifies the MAC, and stores the damaged session as soon as another session of
 * the record fits; later messages of the damaged one then fail with "Bad MAC".
 */
export function allOrNothing(decrypt: TrialDecrypt): TrialDecrypt {
  return async function decryptOrRestore(message, session) {
    const before = session?.serialize();
    try {
      return await decrypt.call(this, message, session);
    } catch (error) {
      if (session && before) restore(session, before);
      throw error;
    }
  };
}

function restore(session: SessionEntry, before: object): void {
  const intact = entryClassOf(session).deserialize(before);
  for (const field of Object.keys(session)) Reflect.deleteProperty(session, field);
  Object.assign(session, intact);
}

interface EntryClass {
  deserialize(data: object): object;
}

function entryClassOf(session: SessionEntry): EntryClass {
  const found: unknown = session.constructor;
  if (!isEntryClass(found)) throw new TypeError("libsignal session entry without deserialize");
  return found;
}

function isEntryClass(value: unknown): value is EntryClass {
  return typeof value === "function" && "deserialize" in value && typeof value.deserialize === "function";
}
