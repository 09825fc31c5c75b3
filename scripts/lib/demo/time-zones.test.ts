import { expect, test } from "vitest";
import { zoneWhereItIsNight } from "./time-zones.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

test.each(["2026-01-15", "2026-07-15"])("at each hour of %s there is a zone where it is night", (date) => {
  const startMs = Date.parse(`${date}T00:00:00Z`);
  for (let atMs = startMs; atMs < startMs + DAY_MS; atMs += HOUR_MS) {
    const options = { timeZone: zoneWhereItIsNight(atMs), hour: "2-digit", hourCycle: "h23" } as const;
    const hour = Number(new Intl.DateTimeFormat("en-GB", options).format(atMs));
    expect({ at: new Date(atMs), hour, isNight: hour < 6 }).toMatchObject({ isNight: true });
  }
});
