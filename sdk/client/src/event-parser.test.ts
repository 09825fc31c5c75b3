import { expect, it } from "vitest";
import { createEventParser, type ParsedEvent } from "./event-parser.ts";

function parse(pieces: readonly string[]): ParsedEvent[] {
  const events: ParsedEvent[] = [];
  const push = createEventParser((event) => events.push(event));
  for (const piece of pieces) push(piece);
  return events;
}

const stream =
  ': hello\nevent: ping\ndata:\n\nid: 7\ndata: {"a":1}\r\ndata:  two\r\n\r\nid\n\nretry: 5\n\ndata: cut off';

const expected = [
  { type: "ping", data: "", id: null },
  { type: "message", data: '{"a":1}\n two', id: "7" },
  { type: "message", data: null, id: "" },
];

it("reads events by the rules of the standard", () => {
  expect(parse([stream])).toEqual(expected);
});

it("reads the same wherever the stream is cut", () => {
  for (let place = 0; place <= stream.length; place++)
    expect(parse([stream.slice(0, place), stream.slice(place)])).toEqual(expected);
  expect(parse([...stream])).toEqual(expected);
});
