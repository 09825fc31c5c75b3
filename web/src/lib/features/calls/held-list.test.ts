import { expect, test } from "vitest";
import { holdList } from "./held-list.ts";

const row = (id: string, state = "ringing") => ({ id, state });

test("a list that nobody reads shows the latest rows", () => {
  const latest = [row("b"), row("a")];
  expect(holdList(null, latest)).toEqual({ shown: latest, waiting: 0 });
});

test("a list that is read keeps its rows in their places, up to date, and counts the new ones", () => {
  const held = [row("b"), row("a")];
  const latest = [row("d"), row("c"), row("b", "over")];
  expect(holdList(held, latest)).toEqual({ shown: [row("b", "over"), row("a")], waiting: 2 });
});

test("an empty list that is read lets rows wait, too", () => {
  expect(holdList([], [row("a")])).toEqual({ shown: [], waiting: 1 });
});
