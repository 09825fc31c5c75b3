import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonDefect } from "./json-text.ts";

describe("a JSON text", () => {
  it.each([
    ["names given twice", '{"a":1,"a":2}', "a"],
    ["names that are the same once read", '{"a":1,"\\u0061":2}', "a"],
    ["names given twice within", '{"x":[{"b":1},{"b":1,"c":{},"b":2}]}', "b"],
    ["33 levels", "[".repeat(33), ""],
    ["U+0000", '{"a":"x\\u0000y"}', ""],
    ["U+0000 in a name", '{"\\u0000":1}', ""],
    ["half of a surrogate pair", '["\\ud800"]', ""],
  ])("with %s is found out", (_name, text, path) => {
    expect(findJsonDefect(text)).toMatchObject({ path });
  });

  it.each([
    ["32 levels", "[".repeat(32) + "]".repeat(32)],
    ["a name in several objects", '[{"a":1},{"a":{"a":["a","a"]}}]'],
    ["a value like a name", '{"a":"a","b":"a"}'],
    ["braces in texts", '{"a":"{[{[\\"","b":"}}]]"}'],
    ["a whole surrogate pair", '["\\ud83d\\ude00"]'],
    ["an unfinished text", '{"a'],
    ["an unfinished escape", '{"a\\'],
    ["nonsense", "}}]],,::"],
    ["nothing", ""],
  ])("with %s is left to the parser", (_name, text) => {
    expect(findJsonDefect(text)).toBeNull();
  });

  it("that was written by a serializer is never found fault with", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        if (text.includes("\\u0000") || text.includes("\\ud")) return;
        expect(findJsonDefect(text)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});
