import { expect, test } from "vitest";
import { describeCount, describeEffects, describeEnding } from "./describe-effects.ts";

test("an end of which nothing was heard is not made up", () => {
  expect(describeEnding({ ended: null }, true)).toBe("Ringing");
  expect(describeEnding({ ended: null }, false)).toBe("No word of its end");
  expect(describeEnding({ ended: "rejected-by-us" }, false)).toBe("Rejected by Switchboard");
});

test.each([
  [{ ended: "rejected-by-us", rejectStatus: "confirmed", replyStatus: "delivered" }, "Text delivered"],
  [{ ended: "cancelled", rejectStatus: "confirmed", replyStatus: "none" }, "WhatsApp confirmed the reject"],
  [
    { ended: null, rejectStatus: "failed", replyStatus: "moot" },
    "WhatsApp refused the reject. No text: the call was over",
  ],
  [{ ended: "cancelled", rejectStatus: "none", replyStatus: "none" }, ""],
] as const)("%j reads in words", (effects, words) => {
  expect(describeEffects(effects)).toBe(words);
});

test("a call is told with its number and the limit", () => {
  expect(describeCount({ windowCount: 4, windowLimit: 3 })).toBe("Call 4, limit 3");
  expect(describeCount({ windowCount: 4, windowLimit: null })).toBe("Call 4, no limit");
  expect(describeCount({ windowCount: null, windowLimit: 3 })).toBeNull();
});
