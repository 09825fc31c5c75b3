import { describe, expect, it } from "vitest";
import { RecordCache } from "./record-cache.ts";

describe("record cache", () => {
  it("tells what is deleted from what is unknown", () => {
    const cache = new RecordCache();
    cache.set("session:a", null);
    expect(cache.get("session:a")).toBeNull();
    expect(cache.get("session:b")).toBeUndefined();
  });

  it("forgets the least recently used record beyond its size", () => {
    const cache = new RecordCache(8);
    cache.set("a", "111");
    cache.set("b", "222");
    cache.get("a");
    cache.set("c", "333");
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual(["111", undefined, "333"]);
  });

  it("counts a record anew when it is replaced", () => {
    const cache = new RecordCache(8);
    for (const value of ["1", "22", "333"]) cache.set("a", value);
    cache.set("b", "444");
    expect([cache.get("a"), cache.get("b")]).toEqual(["333", "444"]);
  });

  it("keeps nothing that is larger than itself", () => {
    const cache = new RecordCache(4);
    cache.set("a", "12345");
    expect(cache.get("a")).toBeUndefined();
  });
});
