import type { ApiKey } from "#lib/words/keys.ts";

/** Which keys are on show. */
export const keyShows = [
  { value: "current", label: "In force" },
  { value: "ended", label: "Ended" },
  { value: "all", label: "All" },
] as const;

/** One choice; see {@link keyShows}. */
export type KeyShow = (typeof keyShows)[number]["value"];

/** The choice of an address; `current` for anything else. */
export const readShow = (text: string | null): KeyShow =>
  keyShows.find(({ value }) => value === text)?.value ?? "current";

/** A disabled key is still there to be enabled; an ended one never works again. */
export const isShown = ({ status }: Pick<ApiKey, "status">, show: KeyShow): boolean =>
  show === "all" || (show === "ended") === (status === "revoked" || status === "expired");
