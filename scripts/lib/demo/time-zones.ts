/** One for each few hours around the globe, so that it is always night in one of them. */
const ZONES = [
  "Pacific/Auckland",
  "Asia/Tokyo",
  "Asia/Singapore",
  "Asia/Kolkata",
  "Asia/Dubai",
  "Europe/Athens",
  "Europe/London",
  "America/Sao_Paulo",
  "America/New_York",
  "America/Denver",
  "America/Anchorage",
  "Pacific/Honolulu",
] as const;
const DEEP_NIGHT_HOUR = 3;
const HOURS = 24;

/** The zone of the list where the clock is nearest to three in the night. */
export function zoneWhereItIsNight(nowMs: number): string {
  const distances = ZONES.map((zone) => hoursFromNight(zone, nowMs));
  return ZONES[distances.indexOf(Math.min(...distances))] ?? ZONES[0];
}

/** Around the clock, in whichever direction is shorter. */
function hoursFromNight(timeZone: string, nowMs: number): number {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const [hour = 0, minute = 0] = clock.format(nowMs).split(":").map(Number);
  const distance = Math.abs(hour + minute / 60 - DEEP_NIGHT_HOUR);
  return Math.min(distance, HOURS - distance);
}
