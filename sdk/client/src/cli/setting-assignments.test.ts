import { describe, expect, it } from "vitest";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";
import { flattenSettings, readAssignments } from "./setting-assignments.ts";

const current = {
  enabled: false,
  dailyLimit: 3,
  timeZone: "UTC",
  autoReply: { text: "", groupText: "" },
  staffNumbers: ["34600000000"],
  version: 4,
  repliesSuspended: null,
  warnings: [{ code: "x", message: "y" }],
};

describe("reading", () => {
  it.each([
    ["enabled=true", { enabled: true }],
    ["enabled=OFF", { enabled: false }],
    ["dailyLimit=5", { dailyLimit: 5 }],
    ["dailyLimit=none", { dailyLimit: null }],
    ["timeZone=Europe/Madrid", { timeZone: "Europe/Madrid" }],
    ["autoReply.text=a=b, c", { autoReply: { text: "a=b, c" } }],
    ["autoReply.text=", { autoReply: { text: "" } }],
    ["autoReply.text=5", { autoReply: { text: "5" } }],
    ["staffNumbers=+34 600, +34 601", { staffNumbers: ["+34 600", "+34 601"] }],
    ["staffNumbers=none", { staffNumbers: [] }],
  ])("%s", (text, changes) => {
    expect(readAssignments([text], current)).toEqual(changes);
  });

  it("puts parts of a group together", () => {
    const changes = readAssignments(["autoReply.text=a", "enabled=on", "autoReply.groupText=b"], current);
    expect(changes).toEqual({ autoReply: { text: "a", groupText: "b" }, enabled: true });
  });

  it("reads a limit also where none is set", () => {
    expect(readAssignments(["dailyLimit=2"], { ...current, dailyLimit: null })).toEqual({ dailyLimit: 2 });
  });
});

describe("refusing", () => {
  it.each([
    ["enabled", '"enabled" is no assignment.'],
    ["=5", '"=5" is no assignment.'],
    ["limit=5", 'There is no setting "limit".'],
    ["version=5", 'There is no setting "version".'],
    ["warnings=x", 'There is no setting "warnings".'],
    ["autoReply=x", 'There is no setting "autoReply".'],
    ["enabled=maybe", 'enabled is true or false, not "maybe".'],
    ["dailyLimit=five", 'dailyLimit is a number, not "five".'],
    ["dailyLimit=", 'dailyLimit is a number, not "".'],
  ])("%s", (text, message) => {
    const read = () => readAssignments([text], current);
    expect(read).toThrow(message);
    expect(read).toThrow(CliError);
    expect(read).toThrow(expect.objectContaining({ exitCode: exitCodes.usage }));
  });
});

it("shows what can be set, and nothing else", () => {
  expect(flattenSettings(current)).toEqual([
    ["enabled", false],
    ["dailyLimit", 3],
    ["timeZone", "UTC"],
    ["autoReply.text", ""],
    ["autoReply.groupText", ""],
    ["staffNumbers", "34600000000"],
  ]);
  expect(flattenSettings({ dailyLimit: null })).toEqual([["dailyLimit", "none"]]);
});
