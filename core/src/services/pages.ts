import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from "../crypto/bytes.ts";
import { invalid } from "../errors.ts";

/** One page of a list; `nextCursor` null: there is no more. */
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/** Turns `limit + 1` rows into a page whose cursor is the sort key of its last row. */
export function toPage<Row, View>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
  view: (row: Row) => View,
): Page<View> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? toBase64Url(utf8(keyOf(last))) : null;
  return { items: shown.map(view), nextCursor };
}

/** The sort key inside a cursor; null without one. @throws ServiceError validation-failed for anything we did not make */
export function readCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  try {
    return fromUtf8(fromBase64Url(cursor));
  } catch {
    throw invalid("cursor", "This cursor is not one of ours. Start without a cursor.");
  }
}
