import { expect, test } from "vitest";
import { type Stanza, stanza } from "../wire/binary-node.ts";
import { Outbox } from "./outbox.ts";

const call = stanza("call", { id: "1", from: "a@lid" });
const ack = { tag: "call", id: "1", type: undefined, to: "a@lid" };

function openOutbox(): { outbox: Outbox; sent: Stanza[] } {
  const outbox = new Outbox();
  const sent: Stanza[] = [];
  outbox.open((node) => sent.push(node));
  return { outbox, sent };
}

test("a stanza waits until it is acknowledged, and a second ack answers nothing", () => {
  const { outbox, sent } = openOutbox();
  outbox.add(call);
  expect(sent).toEqual([call]);
  expect(outbox.settle(ack)).toBe("settled");
  expect(outbox.waiting).toEqual([]);
  expect(outbox.settle(ack)).toBe("unmatched");
});

test("a stanza that was never sent cannot be acknowledged", () => {
  const outbox = new Outbox();
  outbox.add(call);
  expect(outbox.settle(ack)).toBe("unmatched");
  expect(outbox.waiting).toEqual([call]);
});

test("what waits is sent after the next login, marked offline in order", () => {
  const { outbox } = openOutbox();
  outbox.add(call);
  outbox.close();
  outbox.add(stanza("call", { id: "2", from: "a@lid" }));
  const sent: Stanza[] = [];
  expect(outbox.open((node) => sent.push(node))).toBe(2);
  expect(sent.map(({ attrs }) => [attrs.id, attrs.offline])).toEqual([
    ["1", "0"],
    ["2", "1"],
  ]);
});

test("a stanza sent twice needs two acks", () => {
  const { outbox, sent } = openOutbox();
  outbox.add(call);
  outbox.repeat(call, { isMarkedOffline: true });
  expect(sent.map(({ attrs }) => attrs.offline)).toEqual([undefined, "0"]);
  expect(outbox.settle(ack)).toBe("settled");
  expect(outbox.waiting).toEqual([call]);
  expect(outbox.settle(ack)).toBe("settled");
  expect(outbox.waiting).toEqual([]);
});

test("delivery and read receipts of one message are settled apart, each by its type", () => {
  const { outbox } = openOutbox();
  outbox.add(stanza("receipt", { id: "1", from: "a@lid" }));
  outbox.add(stanza("receipt", { id: "1", from: "a@lid", type: "read" }));
  expect(outbox.settle({ tag: "receipt", id: "1", type: "read", to: "a@lid" })).toBe("settled");
  expect(outbox.waiting.map(({ attrs }) => attrs.type)).toEqual([undefined]);
});

test("an ack to somebody else settles, but is said to be misaddressed", () => {
  const { outbox } = openOutbox();
  outbox.add(call);
  expect(outbox.settle({ ...ack, to: "b@lid" })).toBe("wrong-address");
  expect(outbox.waiting).toEqual([]);
});
