import { describe, expect, it } from "vitest";
import { closeRestored, renumberRestoredPreKeys } from "./restored-session.ts";

const session = (closed: number) => JSON.stringify({ _sessions: { a: { indexInfo: { closed } } }, version: "v1" });
/** As BufferJSON writes bytes that hold JSON. */
const bytes = (value: unknown) => JSON.stringify({ type: "Buffer", data: btoa(JSON.stringify(value)) });

describe("a restored record", () => {
  it("of a conversation is closed, and one that was closed stays as it was", () => {
    expect(closeRestored({ type: "session", value: session(-1) }, 7)).toBe(session(7));
    expect(closeRestored({ type: "session", value: session(5) }, 7)).toBe(session(5));
  });

  it.each([
    ["the own key of a group goes", { private: { type: "Buffer", data: "AQI=" } }, null],
    ["one with bytes as numbers goes", { private: { type: "Buffer", data: [1, 2] } }, null],
    ["another member's stays", { public: { type: "Buffer", data: "AQI=" } }, "same"],
    ["one without a private half stays", { private: { type: "Buffer", data: "" } }, "same"],
  ])("%s", (_name, senderSigningKey, expected) => {
    const value = bytes([{ senderSigningKey }]);
    expect(closeRestored({ type: "sender-key", value }, 7)).toBe(expected === "same" ? value : null);
  });

  it("that says what others have goes, and every other stays", () => {
    expect(closeRestored({ type: "sender-key-memory", value: "{}" }, 7)).toBeNull();
    expect(closeRestored({ type: "device-list", value: "[]" }, 7)).toBeNull();
    expect(closeRestored({ type: "pre-key", value: "x" }, 7)).toBe("x");
  });

  it("without the form of its type is refused, so that nobody takes it for safe", () => {
    expect(() => closeRestored({ type: "session", value: "no JSON" }, 7)).toThrow(SyntaxError);
    expect(() => closeRestored({ type: "session", value: '{"_sessions":{"a":{}}}' }, 7)).toThrow(TypeError);
  });
});

describe("pre-keys of restored credentials", () => {
  it.each([
    [100, 0, 10_100],
    [100, 0.5, 100 + 10_000 + 2 ** 17],
    [2 ** 24 - 2 ** 16, 0, 10_000],
  ])("after %i, at %f, go on at %i, and none of them is taken for made", (nextPreKeyId, spread, expected) => {
    const creds = JSON.stringify({ nextPreKeyId, firstUnuploadedPreKeyId: 3, me: { id: "x" } });
    const ids = { nextPreKeyId: expected, firstUnuploadedPreKeyId: expected };
    expect(JSON.parse(renumberRestoredPreKeys(creds, spread))).toEqual({ ...ids, me: { id: "x" } });
  });
});
