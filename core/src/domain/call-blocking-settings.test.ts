import { describe, expect, it } from "vitest";
import { type CallBlockingSettings, defaultCallBlockingSettings, settingsWarnings } from "./call-blocking-settings.ts";

const on: CallBlockingSettings = { ...defaultCallBlockingSettings, enabled: true };

describe("settings", () => {
  it("leave screening off until somebody turns it on", () => {
    expect(defaultCallBlockingSettings).toMatchObject({ enabled: false, dailyLimit: 3, defaultAction: "ring" });
  });

  it.each([
    ["off without blocks", { ...on, enabled: false }, 0, []],
    ["off with a block", { ...on, enabled: false }, 1, ["blocks-not-enforced"]],
    ["monitoring with a block", { ...on, mode: "monitor" as const }, 1, ["blocks-not-enforced"]],
    ["on with a block", on, 1, []],
    ["strangers at the default", { ...on, replyCaps: { ...on.replyCaps, strangersPerDay: 50 } }, 0, []],
    ["strangers above it", { ...on, replyCaps: { ...on.replyCaps, strangersPerDay: 51 } }, 0, ["many-strangers"]],
    ["nothing to reject with", { ...on, dailyLimit: null }, 0, ["nothing-rejected"]],
    ["video calls to reject", { ...on, dailyLimit: null, videoCalls: "reject" as const }, 0, []],
  ])("%s", (_case, settings, activeBlockCount, warnings) => {
    expect(settingsWarnings(settings, activeBlockCount)).toEqual(warnings);
  });
});
