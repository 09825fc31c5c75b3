import { expect, test } from "vitest";
import { noFilters, problemsOf, queryOf, readCursors, readFilters, wishOf } from "./call-filters.ts";

test("filters and page go into an address and come back the same", () => {
  const filters = { ...noFilters, outcome: "blocked", caller: "+34 600 000 001", from: "2026-01-01", to: "2026-01-31" };
  const params = new URLSearchParams(queryOf(filters, ["one", "two"], "call_1"));
  expect(readFilters(params)).toEqual(filters);
  expect(readCursors(params)).toEqual(["one", "two"]);
  expect(params.get("call")).toBe("call_1");
  expect(queryOf(noFilters)).toBe("");
});

test("days become the instants of the bot's zone, and nothing is asked for that is not set", () => {
  const filters = { ...noFilters, kind: "video", from: "2026-01-15", to: "2026-01-15" };
  expect(wishOf(filters, "next", "Asia/Riyadh")).toEqual({
    limit: 25,
    cursor: "next",
    kind: "video",
    from: "2026-01-14T21:00:00.000Z",
    to: "2026-01-15T21:00:00.000Z",
  });
  expect(wishOf(noFilters, undefined, "UTC")).toEqual({ limit: 25 });
});

test.each([
  [{ outcome: "maybe" }, "outcome"],
  [{ reason: "toString" }, "reason"],
  [{ kind: "fax" }, "kind"],
  [{ from: "yesterday" }, "from"],
  [{ to: "2026-02-30" }, "to"],
  [{ from: "2026-02-02", to: "2026-02-01" }, "from"],
])("%j in an address is a problem of one field", (changes, path) => {
  expect(problemsOf({ ...noFilters, ...changes }).map((problem) => problem.path)).toEqual([path]);
});

test("filters of the closed lists, and a span of one day, are no problem", () => {
  const day = { from: "2026-02-01", to: "2026-02-01" };
  expect(problemsOf({ ...noFilters, outcome: "failed", reason: "late", kind: "group", ...day })).toEqual([]);
});
