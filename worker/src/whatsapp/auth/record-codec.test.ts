import "../repairs/install.ts";
import { inspect } from "node:util";
import { initAuthCreds, proto } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { CredentialsUnreadableError } from "./errors.ts";
import { decodeCreds, decodeRecord, encodeCreds, encodeRecords } from "./record-codec.ts";

describe("records", () => {
  it("are text at once, so that a later change of the object does not reach the store", () => {
    const memory = { contact: true };
    const [record] = encodeRecords({ "sender-key-memory": { group: memory } });
    memory.contact = false;
    expect(record).toEqual({ type: "sender-key-memory", id: "group", value: '{"contact":true}' });
  });

  it("are new objects at every read", () => {
    const text = '["0","1"]';
    expect(decodeRecord("device-list", text)).not.toBe(decodeRecord("device-list", text));
  });

  it("keep bytes as bytes", () => {
    const pair = { public: Buffer.from([1, 2, 3]), private: new Uint8Array([4, 5, 6]) };
    const [record] = encodeRecords({ "pre-key": { 9: pair } });
    const decoded = decodeRecord("pre-key", record?.value ?? "");
    expect(decoded).toEqual({ public: Buffer.from([1, 2, 3]), private: Buffer.from([4, 5, 6]) });
  });

  it("delete for null and for undefined", () => {
    expect(encodeRecords({ session: { contact: null } })).toEqual([{ type: "session", id: "contact", value: null }]);
    expect(encodeRecords({})).toEqual([]);
  });

  it("revive app state sync keys as protobuf messages", () => {
    const key = proto.Message.AppStateSyncKeyData.fromObject({
      keyData: Buffer.from([7, 8]),
      fingerprint: { rawId: 1, currentIndex: 2, deviceIndexes: [0, 1] },
      timestamp: 1700000000000,
    });
    const [record] = encodeRecords({ "app-state-sync-key": { id: key } });
    const revived = decodeRecord("app-state-sync-key", record?.value ?? "");
    expect(revived).toBeInstanceOf(proto.Message.AppStateSyncKeyData);
    expect(Buffer.from(revived.keyData ?? [])).toEqual(Buffer.from([7, 8]));
    expect(revived.fingerprint?.deviceIndexes).toEqual([0, 1]);
  });
});

describe("credentials", () => {
  it("survive the way to text and back", () => {
    const creds = initAuthCreds();
    const text = encodeCreds(creds);
    expect(encodeCreds(decodeCreds(text))).toBe(text);
    expect(decodeCreds(text).noiseKey.private).toEqual(creds.noiseKey.private);
  });

  it.each(["", '{"noiseKey":', "null", '"text"', "{}"])(
    "are unreadable, and never quoted, when they are %j",
    (text) => {
      expect(() => decodeCreds(text)).toThrow(CredentialsUnreadableError);
    },
  );

  it("are unreadable when a key is missing", () => {
    const { noiseKey, ...rest } = initAuthCreds();
    expect(() => decodeCreds(JSON.stringify(rest))).toThrow("noiseKey");
    expect(noiseKey).toBeDefined();
  });

  it("do not appear in the error", () => {
    const text = "not-to-be-seen";
    const failure = (() => {
      try {
        return decodeCreds(text);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(CredentialsUnreadableError);
    expect(inspect(failure, { depth: 5, showHidden: true })).not.toContain(text);
  });
});
