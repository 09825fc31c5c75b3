import "../repairs/install.ts";
import { createHmac } from "node:crypto";
import { initAuthCreds } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { CredentialsUnreadableError } from "./errors.ts";
import { decodeCreds, decodeRecord, encodeCreds, encodeRecords } from "./record-codec.ts";
import { RECOVERY_MESSAGES, recoverAfterUncleanEnd } from "./recover-after-unclean-end.ts";

const creds = encodeCreds(initAuthCreds());
const SENDING = 1;
const RECEIVING = 2;

function chain(chainType: number, key: Buffer | undefined, counter: number, recoveredTo?: number) {
  return { chainType, chainKey: { counter, key: key?.toString("base64"), recoveredTo }, messageKeys: { 3: "skipped" } };
}

function sessionText(chains: Record<string, ReturnType<typeof chain>>): string {
  return JSON.stringify({ version: "v1", _sessions: { base: { registrationId: 7, _chains: chains } } });
}

function senderKeyText(privateKey: Buffer, iteration: number, seed: Buffer): string {
  const state = {
    senderKeyId: 5,
    senderChainKey: { iteration, seed },
    senderSigningKey: { public: Buffer.alloc(32, 1), private: privateKey },
    senderMessageKeys: [],
  };
  return encodeRecords({ "sender-key": { id: Buffer.from(JSON.stringify([state])) } })[0]?.value ?? "";
}

function steps(key: Buffer, count: number): Buffer {
  return count === 0
    ? key
    : steps(
        createHmac("sha256", key)
          .update(Buffer.from([2]))
          .digest(),
        count - 1,
      );
}

describe("recovery after an unclean end", () => {
  it("moves every open sending chain past the window and touches nothing else of a session", () => {
    const key = Buffer.alloc(32, 9);
    const value = sessionText({
      ours: chain(SENDING, key, 4),
      theirs: chain(RECEIVING, key, 8),
      done: chain(SENDING, undefined, 2),
    });
    const { records } = recoverAfterUncleanEnd({ creds, records: [{ type: "session", id: "a.0", value }] });
    const expected = sessionText({
      ours: chain(SENDING, steps(key, RECOVERY_MESSAGES), 4 + RECOVERY_MESSAGES, 4 + RECOVERY_MESSAGES),
      theirs: chain(RECEIVING, key, 8),
      done: chain(SENDING, undefined, 2),
    });
    expect(records).toEqual([{ type: "session", id: "a.0", value: expected }]);
  });

  it("moves a chain again where steps may be missing, since its use may be one of them", () => {
    const stored = [
      { type: "session", id: "a.0", value: sessionText({ ours: chain(SENDING, Buffer.alloc(32, 9), 4, 4) }) },
      { type: "sender-key", id: "g::a::0", value: senderKeyText(Buffer.alloc(32, 2), 3, Buffer.alloc(32, 9)) },
    ];
    for (let crash = 1; crash <= 3; crash += 1) {
      const { records } = recoverAfterUncleanEnd({ creds, records: stored });
      expect(records.map(({ id }) => id)).toEqual(["a.0", "g::a::0"]);
      stored.splice(0, 2, ...records.map((record) => ({ ...record, value: record.value ?? "" })));
    }
    expect(JSON.parse(stored[0]?.value ?? "")._sessions.base._chains.ours.chainKey.counter).toBe(
      4 + 3 * RECOVERY_MESSAGES,
    );
  });

  it("does not move a chain again that was not used since, when no step is missing, however often the process crashes", () => {
    const seed = Buffer.alloc(32, 9);
    const stored = [
      { type: "session", id: "a.0", value: sessionText({ ours: chain(SENDING, seed, 4) }) },
      { type: "sender-key", id: "g::a::0", value: senderKeyText(Buffer.alloc(32, 2), 3, seed) },
    ];
    const [session, senderKey] = recoverAfterUncleanEnd({ creds, records: stored }).records;
    const recovered = [session, senderKey].map((record) => ({
      type: record?.type ?? "",
      id: record?.id ?? "",
      value: record?.value ?? "",
    }));
    expect(recoverAfterUncleanEnd({ creds, records: recovered, isComplete: true }).records).toEqual([]);
  });

  it("leaves a session without a sending chain as it is", () => {
    const value = sessionText({ theirs: chain(RECEIVING, Buffer.alloc(32, 9), 8) });
    const batch = recoverAfterUncleanEnd({ creds, records: [{ type: "session", id: "a.0", value }] });
    expect(batch).toEqual({ records: [], creds: null });
  });

  it("moves the own sender key by two steps a message, and no other’s", () => {
    const seed = Buffer.alloc(32, 3);
    const own = { type: "sender-key", id: "g::me::0", value: senderKeyText(Buffer.alloc(32, 2), 11, seed) };
    const other = { type: "sender-key", id: "g::other::0", value: senderKeyText(Buffer.alloc(0), 11, seed) };
    const { records } = recoverAfterUncleanEnd({ creds, records: [own, other] });
    expect(records.map(({ id }) => id)).toEqual([own.id]);
    const [state] = JSON.parse(Buffer.from(decodeRecord("sender-key", records[0]?.value ?? "")).toString());
    expect(state.senderChainKey.iteration).toBe(11 + 2 * RECOVERY_MESSAGES);
    expect(Buffer.from(state.senderChainKey.seed)).toEqual(steps(seed, 2 * RECOVERY_MESSAGES));
  });

  it("puts the next pre-key id behind the last stored pre-key, never back", () => {
    const preKey = (id: string) => ({ type: "pre-key", id, value: "{}" });
    const recovered = recoverAfterUncleanEnd({ creds, records: [preKey("9"), preKey("31"), preKey("10")] });
    expect(decodeCreds(recovered.creds ?? "").nextPreKeyId).toBe(32);
    expect(recovered.records).toEqual([]);
    const again = recoverAfterUncleanEnd({ creds: recovered.creds ?? "", records: [preKey("9")] });
    expect(again.creds).toBeNull();
  });

  it("drops what tells how far others are", () => {
    const records = ["sender-key-memory", "device-list", "identity-key", "tctoken"].map((type) => ({
      type,
      id: "x",
      value: "{}",
    }));
    expect(recoverAfterUncleanEnd({ creds, records }).records).toEqual([
      { type: "sender-key-memory", id: "x", value: null },
      { type: "device-list", id: "x", value: null },
    ]);
  });

  it("refuses credentials that are not readable", () => {
    expect(() => recoverAfterUncleanEnd({ creds: "{", records: [] })).toThrow(CredentialsUnreadableError);
  });
});
