import { parseSettings, type Settings, SettingsError } from "@switchboard/core/config/parse-settings";
import { type Bytes, fromBase64Url } from "@switchboard/core/crypto/bytes";
import { MASTER_KEY_BYTES } from "@switchboard/core/crypto/master-key";

/** What an edge platform hands over with each request: variables and secrets by name, and services we know nothing of. */
export type Bindings = Readonly<Record<string, unknown>>;

/** The settings of an edge deployment. */
export interface EdgeSettings {
  readonly settings: Settings;
  readonly masterKey: Bytes;
  /** Opens what was wrapped before a rotation; null: not given. */
  readonly previousMasterKey: Bytes | null;
  /** The field in which the platform itself writes who connected to it; null: the platform does not tell. */
  readonly peerAddressField: string | null;
}

/** No setting of the product, since a server that sees the socket must never believe a field instead. */
const PEER_ADDRESS_FIELD = "PEER_ADDRESS_FIELD";
/** A field name in lower case (RFC 9110, 5.1). */
const FIELD_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;

/**
 * Reads the bindings as node reads its environment, and refuses what cannot be had without files.
 * @throws SettingsError with a sentence for each binding that is bad, missing or contradicts another
 */
export function readBindings(bindings: Bindings): EdgeSettings {
  const texts = Object.fromEntries(Object.entries(bindings).filter(isText));
  const settings = parseSettings(texts);
  const masterKey = decode(settings.MASTER_KEY);
  const previousMasterKey = decode(settings.MASTER_KEY_PREVIOUS);
  const peerAddressField = texts[PEER_ADDRESS_FIELD]?.trim().toLowerCase() || null;
  const problems = edgeProblems(settings, peerAddressField);
  if (masterKey === null) problems.push("MASTER_KEY must be given: 32 bytes in base64url. There are no files here.");
  if (settings.MASTER_KEY_PREVIOUS !== null && previousMasterKey === null)
    problems.push("MASTER_KEY_PREVIOUS must be 32 bytes in base64url.");
  if (masterKey === null || problems.length > 0) throw new SettingsError(problems);
  return { settings, masterKey, previousMasterKey, peerAddressField };
}

const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === "string";

function edgeProblems(settings: Settings, peerAddressField: string | null): string[] {
  const problems: string[] = [];
  if (!/^(https?|libsql):/.test(settings.DATABASE_URL ?? ""))
    problems.push("DATABASE_URL must be a libSQL server here and begin with https:, http: or libsql:.");
  if (settings.PUBLIC_URL === null)
    problems.push("PUBLIC_URL must be given: the origin people and tokens know this installation by.");
  if (peerAddressField !== null && !FIELD_NAME.test(peerAddressField))
    problems.push(`${PEER_ADDRESS_FIELD} must be the name of a request field, for example cf-connecting-ip.`);
  return problems;
}

function decode(text: string | null): Bytes | null {
  try {
    const material = text === null ? null : fromBase64Url(text);
    return material?.length === MASTER_KEY_BYTES ? material : null;
  } catch {
    return null;
  }
}
