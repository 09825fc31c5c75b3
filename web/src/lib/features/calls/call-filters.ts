import type { Inputs } from "#lib/api/client.ts";
import type { FieldRefusal } from "#lib/api/refusal.ts";
import { kindWords, outcomeWords, reasonWords } from "#lib/words/calls.ts";
import { isLocalDate, spanOfDays } from "./local-days.ts";

/** Calls on one page of the history. */
export const CALLS_PER_PAGE = 25;

const FIELDS = ["outcome", "reason", "kind", "caller", "from", "to"] as const;

/** What the history shows, as its address says it; empty: everything. `from` and `to` are days of the bot's zone, both inside. */
export type CallFilters = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Every call. */
export const noFilters: CallFilters = { outcome: "", reason: "", kind: "", caller: "", from: "", to: "" };

type Wish = Omit<Inputs["calls"]["list"], "botId">;

/** The filters of an address. What is no filter is passed over. */
export function readFilters(params: Pick<URLSearchParams, "get">): CallFilters {
  const read = (name: string) => params.get(name)?.trim() ?? "";
  return { ...noFilters, ...Object.fromEntries(FIELDS.map((name) => [name, read(name)])) };
}

/** The cursors that lead to the page of an address, the first page's first; none: it is the first page. */
export const readCursors = (params: Pick<URLSearchParams, "getAll">): readonly string[] => params.getAll("cursor");

/** What is wrong with the filters of an address that somebody wrote by hand; empty: nothing that can be told here. */
export function problemsOf({ outcome, reason, kind, from, to }: CallFilters): readonly FieldRefusal[] {
  return [
    ...unlessKnown("outcome", outcome, outcomeWords),
    ...unlessKnown("reason", reason, reasonWords),
    ...unlessKnown("kind", kind, kindWords),
    ...unlessDay("from", from),
    ...unlessDay("to", to),
    ...(isLocalDate(from) && isLocalDate(to) && from > to
      ? [{ path: "from", message: "The first day must not come after the last." }]
      : []),
  ];
}

/** The question to the api, for filters without problems. */
export function wishOf(filters: CallFilters, cursor: string | undefined, timeZone: string): Wish {
  const { outcome, reason, kind, caller, from, to } = filters;
  return {
    limit: CALLS_PER_PAGE,
    ...(cursor && { cursor }),
    ...(isOf(outcome, outcomeWords) && { outcome }),
    ...(isOf(reason, reasonWords) && { reason }),
    ...(isOf(kind, kindWords) && { kind }),
    ...(caller && { caller }),
    ...spanOfDays(from || null, to || null, timeZone),
  };
}

/** The query of an address, with its question mark; empty for everything. */
export function queryOf(filters: Partial<CallFilters>, cursors: readonly string[] = [], callId?: string): string {
  const params = new URLSearchParams();
  for (const name of FIELDS) if (filters[name]) params.set(name, filters[name]);
  for (const cursor of cursors) params.append("cursor", cursor);
  if (callId !== undefined) params.set("call", callId);
  return params.size === 0 ? "" : `?${params}`;
}

/** How many filters are set beside the outcome, which is always on show. */
export const countHidden = (filters: CallFilters): number =>
  FIELDS.filter((name) => name !== "outcome" && filters[name] !== "").length;

function unlessKnown(path: string, value: string, words: object): FieldRefusal[] {
  if (value === "" || isOf(value, words)) return [];
  return [{ path, message: `There is no ${path} “${value}”. Choose one from the list.` }];
}

function unlessDay(path: string, value: string): FieldRefusal[] {
  if (value === "" || isLocalDate(value)) return [];
  return [{ path, message: `“${value}” is no day. Write it as 2026-12-31.` }];
}

const isOf = <Words extends object>(value: string, words: Words): value is Extract<keyof Words, string> =>
  Object.hasOwn(words, value);
