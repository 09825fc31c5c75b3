import { expect, test } from "vitest";
import { changedFields, changesOf, draftOf, rebase, type Settings } from "./settings-draft.ts";

const stored: Settings = {
  enabled: true,
  mode: "enforce",
  dailyLimit: 3,
  limitWindow: "calendar-day",
  timeZone: "UTC",
  blockType: "temporary",
  blockHours: 24,
  autoReply: { text: "Please write.", groupText: "" },
  defaultAction: "ring",
  groupCalls: "ignore",
  videoCalls: "as-voice",
  countAnswered: true,
  replyCaps: { perCallerPerHour: 5, perBotPerMinute: 20, strangersPerDay: 50 },
  staffNumbers: ["34600000000"],
  version: 7,
  repliesSuspended: null,
};

test("an untouched form changes nothing", () => {
  expect(changesOf(stored, draftOf(stored))).toEqual({});
});

test("only what was changed is sent, also of the replies and their caps", () => {
  const draft = { ...draftOf(stored), replyText: "Write, please.", strangersPerDay: 10, staffNumbers: ["+34 6", "1"] };
  expect(changesOf(stored, draft)).toEqual({
    autoReply: { text: "Write, please." },
    replyCaps: { strangersPerDay: 10 },
    staffNumbers: ["+34 6", "1"],
  });
});

test("no limit is null, and its number is no change then", () => {
  const draft = { ...draftOf(stored), isLimited: false, dailyLimit: 9 };
  expect(changesOf(stored, draft)).toEqual({ dailyLimit: null });
  expect(changedFields(draftOf(stored), draft)).toEqual(["isLimited"]);
  const unlimited = { ...stored, dailyLimit: null };
  expect(changesOf(unlimited, { ...draftOf(unlimited), isLimited: true, dailyLimit: 9 })).toEqual({ dailyLimit: 9 });
});

test("an empty number is sent as one the api refuses, never as another number", () => {
  expect(changesOf(stored, { ...draftOf(stored), blockHours: null })).toEqual({ blockHours: -1 });
});

test("on newer settings a draft keeps what was changed in it and takes over everything else", () => {
  const draft = { ...draftOf(stored), blockHours: 48, replyText: "Mine." };
  const newer: Settings = { ...stored, version: 8, dailyLimit: 5, autoReply: { text: "Theirs.", groupText: "" } };
  const rebased = rebase(draft, stored, newer);
  expect(rebased).toEqual({ ...draftOf(newer), blockHours: 48, replyText: "Mine." });
  expect(changesOf(newer, rebased)).toEqual({ blockHours: 48, autoReply: { text: "Mine." } });
});
