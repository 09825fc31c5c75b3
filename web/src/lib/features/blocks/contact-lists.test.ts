import { expect, test } from "vitest";
import { allowsWish, blocksWish, readWish, writeWish } from "./contact-lists.ts";

const read = (query: string) => readWish(new URL(`http://x/${query}`));

test("an address without a query asks for the first page of the blocks that run", () => {
  expect(read("")).toEqual({ list: "blocked", status: "active", search: "", cursors: [] });
  expect(writeWish(read(""))).toBe("?");
});

test.each([
  "?search=ada+%26+bea",
  "?status=ended",
  "?cursor=a&cursor=b&search=ada&status=all",
  "?search=ada&list=allowed",
])("%s is read and written alike", (query) => {
  expect(writeWish(read(query))).toBe(query);
});

test("what the address should not hold is as if it were not there", () => {
  expect(read("?status=odd&list=odd&search=++")).toEqual(read(""));
  expect(read(`?search=${"a".repeat(200)}`).search).toHaveLength(80);
});

test("the api is asked for the page of the last cursor, without empty filters", () => {
  expect(blocksWish(read("?cursor=a&cursor=b"))).toEqual({ limit: 25, status: "active", cursor: "b" });
  expect(allowsWish(read("?list=allowed&search=ada"))).toEqual({ limit: 25, search: "ada" });
});
