import type { Inputs } from "#lib/api/client.ts";
import { type ApiKey, type Scope, scopeSubjects } from "#lib/words/keys.ts";

/** What the dialog for a new key holds: what is typed, as it is typed. */
export interface KeyForm {
  name: string;
  /** The place of the chosen level in each subject of `scopeSubjects`. */
  levels: number[];
  session: Scope[];
  isForAllBots: boolean;
  botIds: string[];
  /** Address ranges, one in each line; empty: every address. */
  addresses: string;
  days: string;
  /** Empty: the installation's quota. */
  requestsPerMinute: string;
}

/** The api's own default; see API_KEY_DAYS_DEFAULT. */
const DAYS_DEFAULT = "90";

/** A form nobody has typed into. */
export const emptyKeyForm = (): KeyForm => ({
  name: "",
  levels: scopeSubjects.map(() => 0),
  session: [],
  isForAllBots: true,
  botIds: [],
  addresses: "",
  days: DAYS_DEFAULT,
  requestsPerMinute: "",
});

/** What the api is asked to make; it finds what is wrong. */
export function readKeyForm(form: KeyForm): Inputs["keys"]["create"] {
  const leveled = scopeSubjects.flatMap(({ levels }, place) => levels[form.levels[place] ?? 0]?.scopes ?? []);
  return {
    name: form.name,
    scopes: [...leveled, ...form.session],
    botIds: form.isForAllBots ? null : form.botIds,
    ...readLimits(form),
    expiresInDays: readNumber(form.days),
  };
}

/** The limits of a key as they are typed. */
export type KeyLimits = Pick<KeyForm, "addresses" | "requestsPerMinute">;

/** The limits of a key, to be changed. */
export const limitsOf = (key: Pick<ApiKey, "cidrs" | "requestsPerMinute">): KeyLimits => ({
  addresses: key.cidrs?.join("\n") ?? "",
  requestsPerMinute: key.requestsPerMinute === null ? "" : String(key.requestsPerMinute),
});

/** Typed limits as the api takes them; null: none. */
export const readLimits = ({ addresses, requestsPerMinute }: KeyLimits) => ({
  cidrs: readLines(addresses),
  requestsPerMinute: requestsPerMinute.trim() === "" ? null : readNumber(requestsPerMinute),
});

function readLines(text: string): string[] | null {
  const lines = text.split(/[\n,]/).map((line) => line.trim());
  const given = lines.filter((line) => line !== "");
  return given.length === 0 ? null : given;
}

/** What is no number is left to the api to refuse: no field of a key may be 0. */
const readNumber = (text: string): number => (/^\s*\d+\s*$/.test(text) ? Number(text) : 0);
