import { type BotState, readBotState } from "#lib/words/bots.ts";

/** What a list of bots is narrowed to. */
export interface BotListFilters {
  readonly state?: BotState;
  readonly name?: string;
}

/** The filters that the address bar holds; what it does not understand is left out. */
export function readBotListFilters({ searchParams }: { readonly searchParams: Pick<URLSearchParams, "get"> }) {
  const state = readBotState(searchParams.get("state"));
  const name = (searchParams.get("name") ?? "").trim().slice(0, 80);
  const filters: BotListFilters = { ...(state && { state }), ...(name && { name }) };
  return filters;
}
