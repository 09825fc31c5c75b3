import { findCredentialsDefect } from "./auth-credentials.ts";
import {
  type AuthRecordType,
  authIdsPerReadMax,
  authRecordsPerBatchMax,
  authRecordTypes,
  isAuthRecordId,
  isAuthRecordType,
} from "./auth-record-types.ts";
import { findValueDefect } from "./auth-record-values.ts";
import { isObject } from "./buffer-json.ts";

/** What is wrong with one part of a body. `path` names fields and positions, never ids: those hold phone numbers. */
export interface AuthDefect {
  readonly path: string;
  readonly message: string;
}

/** One record to store; null deletes. `value` is JSON text in the form of BufferJSON. */
export interface AuthChange {
  readonly type: AuthRecordType;
  readonly id: string;
  readonly value: string | null;
}

/** Names of records of one type, each once. */
export interface AuthNames {
  readonly type: AuthRecordType;
  readonly ids: readonly string[];
}

/** A part of a body, or everything that is wrong with it. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly defects: readonly AuthDefect[] };

/** Enough to mend a client by; a body of garbage is not answered with as much garbage. */
const DEFECTS_MAX = 20;

/** Checks `{type: {id: value | null}}` before anything of it is stored. */
export function readChanges(set: unknown): Checked<readonly AuthChange[]> {
  const defects: AuthDefect[] = [];
  const changes: AuthChange[] = [];
  for (const [type, values] of readTypes(set, "set", defects)) {
    if (!isObject(values)) {
      defects.push({ path: `set.${type}`, message: "Must be an object of values by id." });
      continue;
    }
    for (const [index, [id, value]] of Object.entries(values).entries()) {
      const message = findChangeDefect(type, id, value);
      if (message !== null) defects.push({ path: `set.${type}.${index}`, message });
      else changes.push({ type, id, value: value === null ? null : JSON.stringify(value) });
      if (defects.length === DEFECTS_MAX) return { ok: false, defects };
    }
  }
  if (changes.length > authRecordsPerBatchMax)
    defects.push({ path: "set", message: `Holds more than ${authRecordsPerBatchMax} records.` });
  return defects.length === 0 ? { ok: true, value: changes } : { ok: false, defects };
}

/** Checks `{type: [ids]}`. */
export function readNames(keys: unknown): Checked<readonly AuthNames[]> {
  const defects: AuthDefect[] = [];
  const names: AuthNames[] = [];
  for (const [type, ids] of readTypes(keys, "keys", defects)) {
    if (!Array.isArray(ids)) {
      defects.push({ path: `keys.${type}`, message: "Must be a list of ids." });
      continue;
    }
    const position = ids.findIndex((id) => typeof id !== "string" || !isAuthRecordId(type, id));
    if (position >= 0) defects.push({ path: `keys.${type}.${position}`, message: BAD_ID });
    else names.push({ type, ids: [...new Set<string>(ids)] });
  }
  const count = names.reduce((sum, { ids }) => sum + ids.length, 0);
  if (count > authIdsPerReadMax) defects.push({ path: "keys", message: `Names more than ${authIdsPerReadMax} ids.` });
  return defects.length === 0 ? { ok: true, value: names } : { ok: false, defects };
}

/** Checks credentials of a batch; the text they are stored as. */
export function readCredentials(creds: unknown): Checked<string> {
  const defect = findCredentialsDefect(creds);
  if (defect === null) return { ok: true, value: JSON.stringify(creds) };
  return { ok: false, defects: [{ path: "creds", message: sentence(defect) }] };
}

const BAD_ID = "Not an id of this type.";

function findChangeDefect(type: AuthRecordType, id: string, value: unknown): string | null {
  if (!isAuthRecordId(type, id)) return BAD_ID;
  const defect = value === null ? null : findValueDefect(type, value);
  return defect === null ? null : sentence(defect);
}

/** The entries whose type is known; `__proto__` is an own name of what a JSON parser made, and unknown like any other. */
function readTypes(container: unknown, path: string, defects: AuthDefect[]): [AuthRecordType, unknown][] {
  if (!isObject(container)) {
    defects.push({ path, message: "Must be an object." });
    return [];
  }
  return Object.entries(container).flatMap(([type, item]): [AuthRecordType, unknown][] => {
    if (isAuthRecordType(type)) return [[type, item]];
    if (defects.length < DEFECTS_MAX)
      defects.push({ path, message: `Only these types are stored: ${authRecordTypes.join(", ")}.` });
    return [];
  });
}

const sentence = (defect: string): string => `${defect.charAt(0).toUpperCase()}${defect.slice(1)}.`;
