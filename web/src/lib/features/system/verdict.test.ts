import { expect, test } from "vitest";
import { judge, type SystemReading } from "./verdict.ts";

const NOW = "2026-11-22T12:00:00.000Z";
const worker = (id: string, state: "up" | "silent" | "stopped" = "up", version = "1.0.0") => ({
  id,
  version,
  state,
  startedAt: NOW,
  lastSeenAt: NOW,
  botCount: 1,
});
const reading = (workers: ReturnType<typeof worker>[], changes: Partial<SystemReading> = {}): SystemReading => ({
  health: { version: "1.0.0", status: "ok", database: { status: "ok" }, workers, botsByState: {}, now: NOW },
  cleanup: { lastRun: null, nextDueAt: NOW },
  refusalCode: null,
  ...changes,
});

test("an installation whose processes run needs no advice", () => {
  expect(judge(reading([worker("main"), worker("old", "stopped")]))).toEqual({
    tone: "good",
    title: "Everything runs",
    advice: [],
  });
});

test("without a worker that is up nothing works, and the silent one is named", () => {
  const { tone, title, advice } = judge(reading([worker("main", "silent")]));
  expect([tone, title]).toEqual(["bad", "No worker is up"]);
  expect(advice.join(" ")).toContain("Silent: main.");
  expect(judge(reading([])).title).toBe("No worker is up");
});

test("a silent worker beside one that is up is a warning", () => {
  expect(judge(reading([worker("a"), worker("b", "silent")]))).toMatchObject({
    tone: "warning",
    title: "A worker is silent",
  });
});

test("an api and a database that do not answer are told apart, and outweigh what was known before", () => {
  const workers = [worker("a"), worker("b", "silent")];
  expect(judge(reading(workers, { refusalCode: "away" })).title).toBe("The api does not answer");
  expect(judge(reading(workers, { refusalCode: "unavailable" })).title).toBe("The database does not answer");
  expect(judge({ health: undefined, cleanup: undefined, refusalCode: "store-busy" }).tone).toBe("bad");
});

test("different versions are a warning, but not those of workers that stopped", () => {
  expect(judge(reading([worker("a", "up", "0.9.0")])).advice[0]).toContain("0.9.0 and 1.0.0");
  expect(judge(reading([worker("a"), worker("b", "stopped", "0.9.0")])).tone).toBe("good");
});

test("a housekeeping is late five minutes after it was due, and not before", () => {
  const dueAt = (ms: number) => ({
    cleanup: { lastRun: null, nextDueAt: new Date(Date.parse(NOW) - ms).toISOString() },
  });
  expect(judge(reading([worker("a")], dueAt(300_000))).tone).toBe("good");
  expect(judge(reading([worker("a")], dueAt(300_001))).title).toBe("The housekeeping is late");
});
