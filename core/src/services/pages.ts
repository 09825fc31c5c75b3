import { type AnyColumn, desc, lt, type SQL } from "drizzle-orm";
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from "../crypto/bytes.ts";
import { invalid } from "../errors.ts";

/** One page of a list; `nextCursor` null: there is no more. */
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/** Which page of a list is wanted. */
export interface PageWish {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** The parts of a query that belong to its page. */
export interface PageQuery {
  /** Leaves out what earlier pages showed; undefined on the first page. */
  readonly isBeyond: SQL | undefined;
  readonly order: SQL;
  /** One row more than is shown tells that there is a next page. */
  readonly rowsMax: number;
}

/**
 * A page of rows whose ids sort by time, the newest first. `read` puts the parts of the page into its query.
 * @throws ServiceError validation-failed for a cursor that we did not make
 */
export async function readNewestFirst<Row extends { readonly id: string }, View>(
  { limit, cursor }: PageWish,
  idColumn: AnyColumn,
  read: (page: PageQuery) => PromiseLike<readonly Row[]>,
  view: (row: Row) => View,
): Promise<Page<View>> {
  const before = readCursor(cursor);
  const isBeyond = before === null ? undefined : lt(idColumn, before);
  const rows = await read({ isBeyond, order: desc(idColumn), rowsMax: limit + 1 });
  return toPage(rows, limit, (row) => row.id, view);
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
