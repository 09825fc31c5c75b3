import type { AuthBatch, AuthRecord } from "@switchboard/core/ports/auth-record-store";

/** Records and characters in one request; the service takes twice as many (core/src/domain/auth-record-types.ts). */
const RECORDS_MAX = 1_000;
const CHARACTERS_MAX = 700_000;

/** Cheap to look up again, and of no ratchet: they may come later than the rest, or never. */
const INDEPENDENT_TYPES: ReadonlySet<string> = new Set(["lid-mapping", "device-list", "tctoken"]);

/**
 * The batch as requests that the service takes: itself, unless it is very large. Then the credentials go first, since
 * pre-key ids that are skipped harm nobody and ids that are used twice do; what is cheap to look up again goes last. Each
 * part is one step that may be the last: a recovery goes on where it stopped, and a history's mappings are learned again.
 */
export function splitBatch({ records, creds }: AuthBatch): AuthBatch[] {
  const isIndependent = ({ type }: AuthRecord) => INDEPENDENT_TYPES.has(type);
  const ordered = [...records.filter((record) => !isIndependent(record)), ...records.filter(isIndependent)];
  const parts: AuthRecord[][] = [[]];
  let characters = creds?.length ?? 0;
  for (const record of ordered) {
    const size = record.id.length + (record.value?.length ?? 0);
    const part = parts.at(-1) ?? [];
    if (part.length > 0 && (part.length === RECORDS_MAX || characters + size > CHARACTERS_MAX)) {
      parts.push([record]);
      characters = size;
    } else {
      part.push(record);
      characters += size;
    }
  }
  return parts.map((part, index) => ({ records: part, creds: index === 0 ? creds : null }));
}
