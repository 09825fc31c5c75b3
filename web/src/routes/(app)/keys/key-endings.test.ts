import { expect, test } from "vitest";
import type { Bot } from "#lib/words/bots.ts";
import type { ApiKey } from "#lib/words/keys.ts";
import { describeEnding } from "./key-endings.ts";

const KEY = { id: "key_1", name: "reader" } as ApiKey;
const heldBy = (name: string, kind: "key" | "worker", id: string) => ({ name, holder: { kind, id } }) as Bot;

test("the end of a key names the bots it holds, and no others", () => {
  const bots = [
    heldBy("Front desk", "key", "key_1"),
    heldBy("Night", "key", "key_2"),
    heldBy("Day", "worker", "key_1"),
  ];
  const { title, consequence } = describeEnding("revoke", KEY, bots);
  expect(title).toBe("Revoke “reader”?");
  expect(consequence).toContain("It holds Front desk now");
  expect(consequence).toContain("cannot be undone");
});

test("a key without bots can be disabled, and enabled again", () => {
  const { consequence } = describeEnding("disable", KEY, []);
  expect(consequence).toContain("It holds no bot now.");
  expect(consequence).toContain("You can enable it again.");
});
