/**
 * Records a holder may make a session hold. A pairing has about 900; each contact adds about five, of which a busy account
 * has some thousand.
 */
export const sessionRecordsMax = 100_000;

/** Sealed bytes a holder may make a session hold. Records have some hundred bytes each, the largest some ten thousand. */
export const sessionBytesMax = 64 * 1024 * 1024;

/** A session is measured by reading a row for each record, so not before each of the small batches that messages make. */
const MEASURED_EVERY = 32;
const SMALL_RECORDS_MAX = 100;
const SMALL_CHARACTERS_MAX = 65_536;

/**
 * Whether the session is measured before this batch is written: the first of an epoch, every so many, and each that is
 * large. Never before one that only deletes.
 */
export function isMeasuredBatch(sequence: number, changes: readonly { readonly value: string | null }[]): boolean {
  const lengths = changes.flatMap(({ value }) => (value === null ? [] : [value.length]));
  if (lengths.length === 0) return false;
  const characters = lengths.reduce((sum, length) => sum + length, 0);
  const isLarge = lengths.length > SMALL_RECORDS_MAX || characters > SMALL_CHARACTERS_MAX;
  return isLarge || sequence % MEASURED_EVERY === 1;
}
