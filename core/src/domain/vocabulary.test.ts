import { describe, expect, it } from "vitest";
import * as vocabulary from "./vocabulary.ts";

const lists = Object.entries<unknown>(vocabulary).flatMap(([name, values]) =>
  Array.isArray(values) ? [{ name, values: values.map(String) }] : [],
);

describe("the closed lists", () => {
  it.each(lists)("$name names each value once, in the form of the wire", ({ name, values }) => {
    // The beginnings of actions end in the dot that parts thing and verb.
    const words = name === "auditActionGroups" ? values.map((value) => value.replace(/\.$/, "")) : values;
    expect(new Set(words).size).toBe(words.length);
    expect(words.filter((value) => !/^[a-z]+([-._:0-9]?[a-z0-9]+)*$/.test(value))).toEqual([]);
  });
});

describe("the reason of a disconnect", () => {
  it.each([
    [401, "logged-out"],
    [402, "payment-required"],
    [403, "forbidden"],
    [405, "client-outdated"],
    [406, "temporarily-banned"],
    [408, "connection-lost"],
    [411, "multi-device-mismatch"],
    [428, "connection-closed"],
    [440, "connection-replaced"],
    [500, "bad-session"],
    [503, "service-unavailable"],
    [515, "restart-required"],
    [599, "unknown"],
    [null, "unknown"],
  ])("for code %s is %s", (statusCode, reason) => {
    expect(vocabulary.botStateReasonOf({ statusCode, wasOpen: true })).toBe(reason);
  });

  it("is a connect timeout for 408 before the connection was open", () => {
    expect(vocabulary.botStateReasonOf({ statusCode: 408, wasOpen: false })).toBe("connect-timeout");
  });

  it("has a sentence of its own for every code", () => {
    const words = vocabulary.botStateReasons.map((reason) => vocabulary.botStateReasonWords[reason]);
    expect(new Set(words).size).toBe(vocabulary.botStateReasons.length);
    expect(words.every((sentence) => sentence.endsWith("."))).toBe(true);
  });
});
