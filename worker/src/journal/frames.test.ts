import { describe, expect, it } from "vitest";
import { SessionFileAlteredError } from "./errors.ts";
import { decodeFrames, encodeFrame } from "./frames.ts";

const payloads = ["first", "second", "third"].map((text) => Buffer.from(text));
const frames = payloads.map((payload, position) => encodeFrame({ position, keyId: 7, payload }));
const file = Buffer.concat(frames);
const texts = (bytes: Buffer) => decodeFrames(bytes, 0).frames.map(({ payload }) => Buffer.from(payload).toString());

describe("the entries of a session's file", () => {
  it("come back in their order, with the key they are sealed under", () => {
    expect(texts(file)).toEqual(["first", "second", "third"]);
    expect(decodeFrames(file, 0)).toMatchObject({ frames: [{ keyId: 7 }, {}, {}], endsAt: file.length });
  });

  it("end before a tail that was cut off, wherever it was cut", () => {
    const whole = file.length - (frames[2]?.length ?? 0);
    for (let length = whole; length < file.length; length += 1) {
      expect(texts(file.subarray(0, length))).toEqual(["first", "second"]);
      expect(decodeFrames(file.subarray(0, length), 0).endsAt).toBe(whole);
    }
  });

  it("end before zeros, and before a last payload that never came down whole", () => {
    expect(texts(Buffer.concat([file, Buffer.alloc(100)]))).toEqual(["first", "second", "third"]);
    const torn = Buffer.from(file);
    torn.fill(0, file.length - 3);
    expect(texts(torn)).toEqual(["first", "second"]);
  });

  it("are refused when any byte of an earlier one was changed", () => {
    for (let at = 0; at < file.length - (frames[2]?.length ?? 0); at += 1) {
      const altered = Buffer.from(file);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(() => decodeFrames(altered, 0), `byte ${at}`).toThrow(SessionFileAlteredError);
    }
  });

  it("are refused when one is missing, doubled or out of its order", () => {
    const [first = file, second = file, third = file] = frames;
    for (const order of [
      [first, third],
      [first, first, second],
      [second, first],
    ])
      expect(() => decodeFrames(Buffer.concat(order), 0)).toThrow(SessionFileAlteredError);
  });
});
