import { expect, test } from "vitest";
import { FrameStream, STREAM_HEADER, writeFrame } from "./frame-stream.ts";

const frames = [Buffer.from("first"), Buffer.alloc(300, 7), Buffer.alloc(0)];
const routing = Buffer.concat([Buffer.from([0x45, 0x44, 0, 1, 0, 0, 5]), Buffer.from("route")]);
const withoutRouting = Buffer.concat([STREAM_HEADER, ...frames.map(writeFrame)]);
const withRouting = Buffer.concat([routing, withoutRouting]);

test.each([
  ["in one piece", withoutRouting.length],
  ["byte by byte", 1],
  ["in pieces of seven bytes", 7],
])("frames are cut right when the stream comes %s", (_name, size) => {
  for (const bytes of [withoutRouting, withRouting]) {
    const stream = new FrameStream();
    const cut: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) cut.push(...stream.push(bytes.subarray(at, at + size)));
    expect(cut.map((frame) => frame.toString("hex"))).toEqual(frames.map((frame) => frame.toString("hex")));
    expect(stream.routingInfo?.toString() ?? null).toBe(bytes === withRouting ? "route" : null);
  }
});

test("a stream that starts with anything else is refused", () => {
  expect(() => new FrameStream().push(Buffer.from("GET / HTTP/1.1"))).toThrow("no WA header");
});
