/** Which blocks are shown, by the clock. */
const blockStatuses = ["active", "ended", "all"] as const;

/** One status; see {@link blockStatuses}. */
export type BlockStatus = (typeof blockStatuses)[number];

/** What the address of the page of blocked contacts asks for. */
export interface ContactsWish {
  readonly list: "blocked" | "allowed";
  readonly status: BlockStatus;
  /** Empty: everything. */
  readonly search: string;
  /** The cursors of the pages up to the one on show; none: the first page. */
  readonly cursors: readonly string[];
}

/** A URL, as far as it is read. */
interface Addressed {
  readonly searchParams: Pick<URLSearchParams, "get" | "getAll">;
}

const SEARCH_LENGTH_MAX = 80;
const ROWS_MAX = 25;

/** Reads the address; what is not known there counts as not given. */
export function readWish({ searchParams }: Addressed): ContactsWish {
  const status = searchParams.get("status");
  return {
    list: searchParams.get("list") === "allowed" ? "allowed" : "blocked",
    status: blockStatuses.find((known) => known === status) ?? "active",
    search: (searchParams.get("search") ?? "").trim().slice(0, SEARCH_LENGTH_MAX),
    cursors: searchParams.getAll("cursor"),
  };
}

/** The query string of a wish, beginning with `?`; defaults are left out. */
export function writeWish({ list, status, search, cursors }: ContactsWish): string {
  const params = new URLSearchParams(cursors.map((cursor) => ["cursor", cursor]));
  if (search !== "") params.set("search", search);
  if (status !== "active" && list === "blocked") params.set("status", status);
  if (list !== "blocked") params.set("list", list);
  return `?${params}`;
}

/** What the api is asked for the allow list. */
export const allowsWish = ({ search, cursors }: ContactsWish) => {
  const cursor = cursors.at(-1);
  return { limit: ROWS_MAX, ...(search && { search }), ...(cursor !== undefined && { cursor }) };
};

/** What the api is asked for the blocks. */
export const blocksWish = (wish: ContactsWish) => ({ ...allowsWish(wish), status: wish.status });
