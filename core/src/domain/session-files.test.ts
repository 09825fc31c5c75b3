import { describe, expect, it } from "vitest";
import { sessionFilesOf } from "../testing/session-files.ts";
import type { AuthRecordType } from "./auth-record-types.ts";
import { readSessionFileName, sessionFileName } from "./session-files.ts";

const names: readonly [name: string, type: AuthRecordType, id: string][] = [
  ["pre-key-812.json", "pre-key", "812"],
  ["session-34600000001.0.json", "session", "34600000001.0"],
  ["session-123456789_1.17.json", "session", "123456789_1.17"],
  ["identity-key-34600000001.0.json", "identity-key", "34600000001.0"],
  ["sender-key-120363000000000000@g.us--123456789_1--3.json", "sender-key", "120363000000000000@g.us::123456789_1::3"],
  ["sender-key-34600-1600@g.us--34600--0.json", "sender-key", "34600-1600@g.us::34600::0"],
  ["sender-key-status@broadcast--34600--0.json", "sender-key", "status@broadcast::34600::0"],
  ["sender-key-memory-34600-1600@g.us.json", "sender-key-memory", "34600-1600@g.us"],
  ["app-state-sync-key-A__B____C+=.json", "app-state-sync-key", "A/B//C+="],
  ["app-state-sync-version-critical_unblock_low.json", "app-state-sync-version", "critical_unblock_low"],
  ["lid-mapping-987654321_reverse.json", "lid-mapping", "987654321_reverse"],
  ["device-list-34600000001.json", "device-list", "34600000001"],
  ["tctoken-__index.json", "tctoken", "__index"],
  ["tctoken-987654321-2@lid.json", "tctoken", "987654321:2@lid"],
];

describe("the name of a session's file", () => {
  it.each(names)("%s stands for the %s of the id %s, and back", (name, type, id) => {
    expect(readSessionFileName(name)).toEqual({ kind: "key", type, id });
    expect(sessionFileName(type, id)).toBe(name);
  });

  it("is known for every file of a session", () => {
    for (const name of Object.keys(sessionFilesOf("34600000000")))
      expect([name, readSessionFileName(name)]).not.toContain(null);
    expect(readSessionFileName("creds.json")).toEqual({ kind: "credentials" });
  });

  it.each([
    "creds.json.bak",
    "baileys_store.json",
    "pre-key-x.json",
    "pre-key-1",
    "pre-key-1.json/../x",
    "session-.json",
    "app-state-sync-version-other.json",
    "unknown-1.json",
    "app-state-sync-key-A_B.json",
    "__proto__",
    "",
  ])("%s is none", (name) => {
    expect(readSessionFileName(name)).toBeNull();
  });
});
