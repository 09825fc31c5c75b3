import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bufferOf, newCredentials, newKeyPair, newRecords, newSessionRecord } from "../testing/auth-values.ts";
import { readChanges, readCredentials, readNames } from "./auth-changes.ts";
import { findCredentialsConflict } from "./auth-credentials.ts";
import { authIdsPerReadMax, authRecordsPerBatchMax, authRecordTypes } from "./auth-record-types.ts";

const defectsOf = (checked: ReturnType<typeof readChanges | typeof readNames | typeof readCredentials>) =>
  checked.ok ? [] : checked.defects;
/** As a parser makes it: `__proto__` is a name like any other there. */
const parsed = (text: string): unknown => JSON.parse(text);

describe("the changes of a batch", () => {
  it("may be of every type Baileys stores, and deletions of them", () => {
    const set = newRecords();
    expect(Object.keys(set).sort()).toEqual([...authRecordTypes].sort());
    const checked = readChanges(set);
    expect(defectsOf(checked)).toEqual([]);
    const deletions = Object.fromEntries(
      Object.entries(set).map(([type, values]) => [
        type,
        Object.fromEntries(Object.keys(values).map((id) => [id, null])),
      ]),
    );
    expect(readChanges(deletions)).toMatchObject({ ok: true });
  });

  it("are stored as the text of the value that came", () => {
    const pair = newKeyPair();
    expect(readChanges({ "pre-key": { "7": pair, "8": null } })).toEqual({
      ok: true,
      value: [
        { type: "pre-key", id: "7", value: JSON.stringify(pair) },
        { type: "pre-key", id: "8", value: null },
      ],
    });
  });

  const short = { public: bufferOf(new Uint8Array(31)), private: bufferOf(new Uint8Array(32)) };
  const looseBase64 = { ...newKeyPair(), private: { type: "Buffer", data: "AAA" } };
  it.each([
    ["an unknown type", { "pre-keys": {} }],
    ["the credentials under a type", { creds: { creds: newCredentials() } }],
    ["a prototype as type", parsed('{"__proto__": {"7": null}}')],
    ["a prototype as id", parsed('{"pre-key": {"__proto__": null}}')],
    ["a prototype inside a value", { "sender-key-memory": { "1@g.us": parsed('{"__proto__": true}') } }],
    [
      "a prototype deep inside",
      { "app-state-sync-key": { AAAA: parsed('{"keyData": "AAAA", "a": [{"__proto__": 1}]}') } },
    ],
    ["a list of types", []],
    ["no object at all", "session"],
    ["a list of values", { session: [] }],
    ["an id with letters where numbers belong", { "pre-key": { "7a": null } }],
    ["an id that ends in a line break", { "pre-key": { "7\n": null } }],
    ["an address without a device", { session: { "34600000001": null } }],
    ["a sender key without its group", { "sender-key": { "::123::4": null } }],
    ["a collection nobody knows", { "app-state-sync-version": { regular_middle: null } }],
    ["an id of 257 characters", { "app-state-sync-key": { ["A".repeat(257)]: null } }],
    ["bytes as text", { "identity-key": { "34600000001.0": "AAAA" } }],
    ["bytes as numbers", { "identity-key": { "34600000001.0": { type: "Buffer", data: [1, 2] } } }],
    [
      "bytes with something beside them",
      { "identity-key": { "34600000001.0": { ...bufferOf(new Uint8Array(33)), a: 1 } } },
    ],
    ["half a pair", { "pre-key": { "7": { public: newKeyPair().public } } }],
    ["a pair that is too short", { "pre-key": { "7": short } }],
    ["base64 without its padding", { "pre-key": { "7": looseBase64 } }],
    ["a session as bytes", { session: { "34600000001.0": bufferOf(new Uint8Array(99)) } }],
    [
      "a session whose chain is text",
      { session: { "34600000001.0": { version: "v1", _sessions: { a: { _chains: "" } } } } },
    ],
    ["a name as number", { "lid-mapping": { "34600000001": 12 } }],
    ["devices as numbers", { "device-list": { "34600000001": [0] } }],
    ["undecided memory", { "sender-key-memory": { "1@g.us": { "2@lid": "yes" } } }],
  ])("hold no %s", (_, set) => {
    expect(defectsOf(readChanges(set))).not.toEqual([]);
  });

  it("are not nested without end", () => {
    const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
    const set = { "app-state-sync-key": { AAAA: { keyData: "AAAA", more: deep(20_000 / 100) } } };
    expect(defectsOf(readChanges(set))).toEqual([
      { path: "set.app-state-sync-key.0", message: "Is nested deeper than 16 levels." },
    ]);
  });

  it("are counted", () => {
    const ids = Array.from({ length: authRecordsPerBatchMax + 1 }, (_, id) => [id, null]);
    expect(defectsOf(readChanges({ "pre-key": Object.fromEntries(ids) }))).toHaveLength(1);
    expect(readChanges({ "pre-key": Object.fromEntries(ids.slice(1)) })).toMatchObject({ ok: true });
  });

  it("are refused in words that hold nothing of them", () => {
    const canary = "34699999999";
    const set = {
      session: { [`${canary}@x`]: null, [`${canary}.0`]: { _sessions: { [canary]: { canary } } } },
      "lid-mapping": { [canary]: `${canary}-` },
    };
    const told = JSON.stringify(defectsOf(readChanges(set)));
    expect(told).not.toContain(canary);
    expect(defectsOf(readChanges(set))).toHaveLength(3);
  });

  it("of any form are checked without an error, and garbage is answered shortly", () => {
    const anything = fc.anything({
      maxDepth: 5,
      key: fc.oneof(fc.string(), fc.constantFrom("__proto__", "type", "data")),
    });
    const type = fc.oneof(fc.constantFrom(...authRecordTypes), fc.string());
    const set = fc.oneof(
      anything,
      fc.dictionary(type, fc.dictionary(fc.oneof(fc.string(), fc.nat().map(String)), anything)),
    );
    fc.assert(
      fc.property(set, (value) => {
        const checked = readChanges(parsed(JSON.stringify(value) ?? "null"));
        expect(defectsOf(checked).length).toBeLessThanOrEqual(21);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the ids of a read", () => {
  it("are named once each", () => {
    expect(readNames({ "pre-key": ["7", "7", "8"], session: [] })).toEqual({
      ok: true,
      value: [
        { type: "pre-key", ids: ["7", "8"] },
        { type: "session", ids: [] },
      ],
    });
  });

  it.each([
    ["an unknown type", { keys: [] }],
    ["a prototype", parsed('{"__proto__": ["7"]}')],
    ["ids that are no texts", { "pre-key": [7] }],
    ["ids of another type", { session: ["7"] }],
    ["one id that is no list", { "pre-key": "7" }],
    ["too many", { "pre-key": Array.from({ length: authIdsPerReadMax + 1 }, (_, id) => `${id}`) }],
  ])("are refused with %s", (_, keys) => {
    expect(defectsOf(readNames(keys))).toHaveLength(1);
  });
});

describe("credentials", () => {
  it.each([
    ["without an identity key", { signedIdentityKey: undefined }],
    ["whose noise key is text", { noiseKey: "AAAA" }],
    ["of no account", { me: undefined }],
    ["with half a count", { nextPreKeyId: 1.5 }],
    ["with a prototype inside", { accountSettings: parsed('{"__proto__": {"a": 1}}') }],
  ])("%s are none", (_, changes) => {
    expect(readCredentials(newCredentials()).ok).toBe(true);
    const [defect] = defectsOf(readCredentials(parsed(JSON.stringify({ ...newCredentials(), ...changes }))));
    expect(defect?.path).toBe("creds");
  });

  const stored = newCredentials();
  it.each([
    ["noiseKey", { noiseKey: newKeyPair() }],
    ["noiseKey", { noiseKey: { ...stored.noiseKey, private: newKeyPair().private } }],
    ["signedIdentityKey", { signedIdentityKey: newKeyPair() }],
    ["registrationId", { registrationId: 1 }],
    ["me.id", { me: { ...stored.me, id: "34600000002:1@s.whatsapp.net" } }],
    ["nextPreKeyId", { nextPreKeyId: stored.nextPreKeyId - 1 }],
  ])("of another %s do not continue those that are stored", (part, changes) => {
    expect(findCredentialsConflict(stored, { ...stored, ...changes })).toBe(part);
  });

  it("of the same device continue them, whatever else changed", () => {
    const next = { ...stored, nextPreKeyId: 812, me: { ...stored.me, name: "Back office" }, lastPropHash: "x" };
    expect(findCredentialsConflict(stored, next)).toBeNull();
    expect(findCredentialsConflict(stored, { ...next, session: newSessionRecord() })).toBeNull();
  });
});
