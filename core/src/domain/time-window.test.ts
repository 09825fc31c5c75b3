import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calendarDay, dayMs, isTimeZone, limitWindowAround, localDate } from "./time-window.ts";

const at = (iso: string): number => Date.parse(iso);
const iso = (ms: number): string => new Date(ms).toISOString();
const hours = (window: { startMs: number; endMs: number }): number => (window.endMs - window.startMs) / 3_600_000;

describe("calendarDay", () => {
  it.each([
    ["UTC", "2025-03-10T12:00:00Z", "2025-03-10", "2025-03-10T00:00:00.000Z", 24],
    ["Asia/Riyadh", "2025-03-10T22:30:00Z", "2025-03-11", "2025-03-10T21:00:00.000Z", 24],
    ["Asia/Kolkata", "2025-03-10T18:29:59Z", "2025-03-10", "2025-03-09T18:30:00.000Z", 24],
    ["Europe/Berlin", "2025-03-30T12:00:00Z", "2025-03-30", "2025-03-29T23:00:00.000Z", 23],
    ["Europe/Berlin", "2025-10-26T12:00:00Z", "2025-10-26", "2025-10-25T22:00:00.000Z", 25],
    ["America/New_York", "2025-11-02T12:00:00Z", "2025-11-02", "2025-11-02T04:00:00.000Z", 25],
    ["Australia/Lord_Howe", "2025-04-06T03:00:00Z", "2025-04-06", "2025-04-05T13:00:00.000Z", 24.5],
    ["Pacific/Kiritimati", "2025-03-10T10:00:00Z", "2025-03-11", "2025-03-10T10:00:00.000Z", 24],
    ["Etc/GMT+12", "2025-03-10T11:59:59Z", "2025-03-09", "2025-03-09T12:00:00.000Z", 24],
  ])("%s at %s is %s", (timeZone, instant, date, start, length) => {
    const day = calendarDay(at(instant), timeZone);
    expect([day.localDate, iso(day.startMs), hours(day)]).toEqual([date, start, length]);
  });

  it.each([
    ["America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z", 23],
    ["Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00.000Z", 23],
    ["Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00.000Z", 23],
    ["America/Havana", "2025-03-09", "2025-03-09T05:00:00.000Z", 23],
  ])("%s on %s begins at 01:00 because midnight does not exist", (timeZone, date, start, length) => {
    const day = calendarDay(at(start), timeZone);
    expect([day.localDate, iso(day.startMs), hours(day)]).toEqual([date, start, length]);
    expect(calendarDay(day.startMs - 1, timeZone).endMs).toBe(day.startMs);
  });

  it.each([
    ["America/Sao_Paulo", "2018-02-17", 25],
    ["Asia/Beirut", "2024-10-26", 25],
    ["Africa/Cairo", "2024-10-31", 25],
    ["America/Havana", "2025-11-02", 25],
  ])("%s on %s has the repeated hour in one day", (timeZone, date, length) => {
    const day = calendarDay(at(`${date}T12:00:00Z`), timeZone);
    expect([day.localDate, hours(day)]).toEqual([date, length]);
  });

  it("passes over a date that a zone left out", () => {
    const last = calendarDay(at("2011-12-29T12:00:00Z"), "Pacific/Apia");
    const next = calendarDay(last.endMs, "Pacific/Apia");
    expect([last.localDate, next.localDate, next.startMs]).toEqual(["2011-12-29", "2011-12-31", last.endMs]);
  });

  it("keeps days apart where the clocks went back over midnight", () => {
    const zone = "America/St_Johns";
    for (let minute = -180; minute <= 180; minute += 1) {
      const instant = at("2010-11-07T02:31:00Z") + minute * 60_000;
      const day = calendarDay(instant, zone);
      expect(day.startMs <= instant && instant < day.endMs).toBe(true);
      expect(calendarDay(day.startMs, zone)).toEqual(day);
      expect(calendarDay(day.endMs, zone).startMs).toBe(day.endMs);
    }
  });

  it("gives the minute before a return to yesterday to yesterday, so that no day is cut in two", () => {
    const zone = "America/Goose_Bay";
    const instant = at("2006-10-29T03:00:30Z");
    const day = calendarDay(instant, zone);
    expect([localDate(instant, zone), day.localDate]).toEqual(["2006-10-29", "2006-10-28"]);
    expect(day.startMs <= instant && instant < day.endMs).toBe(true);
    expect(calendarDay(day.endMs, zone).localDate).toBe("2006-10-29");
  });

  it("cuts time into days without gap or overlap in every zone", () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
    const instants = fc.integer({ min: at("1972-01-01T00:00:00Z"), max: at("2037-12-31T00:00:00Z") });
    fc.assert(
      fc.property(zones, instants, (zone, instant) => {
        const day = calendarDay(instant, zone);
        expect(day.startMs <= instant && instant < day.endMs).toBe(true);
        expect(calendarDay(day.startMs, zone)).toEqual(day);
        expect(calendarDay(day.endMs - 1, zone)).toEqual(day);
        expect(calendarDay(day.endMs, zone).startMs).toBe(day.endMs);
        expect(calendarDay(day.startMs - 1, zone).endMs).toBe(day.startMs);
      }),
      { numRuns: 2_000 },
    );
  });

  it("throws for a name that is no zone", () => {
    expect(() => calendarDay(0, "Mars/Olympus")).toThrow(RangeError);
  });
});

describe("limitWindowAround", () => {
  it("rolls over exactly 24 hours: the call itself is in, one 24 hours older is out", () => {
    const now = at("2025-03-10T12:00:00Z");
    const window = limitWindowAround("rolling-24h", now, "UTC");
    const counts = (startedAtMs: number): boolean => window.startMs <= startedAtMs && startedAtMs < window.endMs;
    expect([counts(now - dayMs), counts(now - dayMs + 1), counts(now)]).toEqual([false, true, true]);
  });

  it("sees a call that began a minute later and was decided first", () => {
    const now = at("2025-03-10T12:00:00Z");
    expect(limitWindowAround("rolling-24h", now, "UTC").endMs).toBeGreaterThan(now + 60_000);
  });

  it("takes the calendar day of the bot's zone", () => {
    const now = at("2025-03-10T22:30:00Z");
    expect(limitWindowAround("calendar-day", now, "Asia/Riyadh")).toMatchObject({
      startMs: at("2025-03-10T21:00:00Z"),
    });
  });
});

describe("localDate", () => {
  it("turns at local midnight to the millisecond", () => {
    expect(localDate(at("2025-03-10T20:59:59.999Z"), "Asia/Riyadh")).toBe("2025-03-10");
    expect(localDate(at("2025-03-10T21:00:00.000Z"), "Asia/Riyadh")).toBe("2025-03-11");
  });
});

describe("isTimeZone", () => {
  it.each(["UTC", "Europe/Berlin", "Asia/Calcutta", "America/Argentina/Buenos_Aires", "Etc/GMT+12"])(
    "takes %s",
    (name) => {
      expect(isTimeZone(name)).toBe(true);
    },
  );

  it.each(["", "+02:00", "-03", "Mars/Olympus", "Europe/Berlin ", "__proto__", "local"])("refuses %j", (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});
