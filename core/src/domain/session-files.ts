import { type AuthRecordType, authRecordTypes, isAuthRecordId } from "./auth-record-types.ts";

/** The file of the credentials in a directory of Baileys' `useMultiFileAuthState`. */
export const CREDENTIALS_FILE = "creds.json";

/** What a file of such a directory holds. */
export type SessionFile =
  | { readonly kind: "credentials" }
  | { readonly kind: "key"; readonly type: AuthRecordType; readonly id: string };

/** Longer types first: `sender-key-memory-…` is no `sender-key` of the id `memory-…`. */
const typesByLength = authRecordTypes.toSorted((one, other) => other.length - one.length);

/**
 * The file of one key: `<type>-<id>.json`, with `/` as `__` and `:` as `-` (Baileys lib/Utils/use-multi-file-auth-state.js,
 * fixFileName).
 */
export const sessionFileName = (type: AuthRecordType, id: string): string =>
  `${type}-${id}.json`.replaceAll("/", "__").replaceAll(":", "-");

/** What a file name stands for; null for a file that Baileys 7.0.0-rc14 does not write. */
export function readSessionFileName(name: string): SessionFile | null {
  if (name === CREDENTIALS_FILE) return { kind: "credentials" };
  const type = typesByLength.find((known) => name.startsWith(`${known}-`));
  if (type === undefined || !name.endsWith(".json")) return null;
  const id = idBehind(type, name.slice(type.length + 1, -".json".length));
  return isAuthRecordId(type, id) && sessionFileName(type, id) === name ? { kind: "key", type, id } : null;
}

/**
 * The id whose file name this is. What stands for `:` and `/` in a name may be itself in an id, so it depends on the type:
 * dashes are in ids of old groups, `__` begins the one record of `tctoken` that lists the others.
 */
function idBehind(type: AuthRecordType, text: string): string {
  switch (type) {
    case "app-state-sync-key":
      return text.replaceAll("__", "/");
    case "sender-key":
      return text.replace(/^(.+)--([\d_]+)--(\d+)$/, "$1::$2::$3");
    case "sender-key-memory":
    case "tctoken":
      return text.replace(/^(\d+(?:_\d+)?)-(\d{1,5})@(s\.whatsapp\.net|lid)$/, "$1:$2@$3");
    default:
      return text;
  }
}
