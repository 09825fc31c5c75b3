import { expect, test } from "vitest";
import { createPlaces } from "./places.ts";

const words = { what: "Requests that wait", retryAfterSeconds: 3 };

test("an owner has so many places and no more, whatever others have", () => {
  const places = createPlaces(2, words);
  places.take("a");
  places.take("a");
  const refusal = { code: "rate-limited", details: { retryAfterSeconds: 3 } };
  expect(() => places.take("a")).toThrow(expect.objectContaining(refusal));
  expect(() => places.take("b")).not.toThrow();
});

test("a place that is given back twice is one place", () => {
  const places = createPlaces(2, words);
  const leave = places.take("a");
  places.take("a");
  leave();
  leave();
  places.take("a");
  expect(() => places.take("a")).toThrow("2 at once");
});
