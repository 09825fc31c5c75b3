import { describe, expect, it } from "vitest";
import { splitBatch } from "./split-batch.ts";

const record = (type: string, id: number, value = "1") => ({ type, id: String(id), value });
const many = (type: string, count: number, value?: string) =>
  Array.from({ length: count }, (_, id) => record(type, id, value));

describe("a batch for the service", () => {
  it("stays whole as long as it may", () => {
    const batch = { records: [record("lid-mapping", 1), record("session", 1)], creds: "{}" };
    const [part, ...rest] = splitBatch(batch);
    expect(rest).toEqual([]);
    expect(part?.creds).toBe("{}");
    expect(part?.records).toHaveLength(2);
  });

  it("is one request also with nothing but credentials", () => {
    expect(splitBatch({ records: [], creds: "{}" })).toEqual([{ records: [], creds: "{}" }]);
  });

  it("keeps credentials and ratchets in front of what can be looked up again", () => {
    const parts = splitBatch({ records: [...many("lid-mapping", 2_500), ...many("session", 3)], creds: "{}" });
    expect(parts.map(({ creds }) => creds)).toEqual(["{}", null, null]);
    expect(parts.map(({ records }) => records.length)).toEqual([1_000, 1_000, 503]);
    expect(parts[0]?.records.slice(0, 3).map(({ type }) => type)).toEqual(["session", "session", "session"]);
  });

  it("holds every record once, and none too large a part", () => {
    const records = many("session", 40, "x".repeat(100_000));
    const parts = splitBatch({ records, creds: null });
    expect(parts.flatMap((part) => part.records)).toEqual(records);
    expect(Math.max(...parts.map((part) => part.records.length))).toBe(6);
  });
});
