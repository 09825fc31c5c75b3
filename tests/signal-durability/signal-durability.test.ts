import "../../worker/src/whatsapp/repairs/install.ts";
import { describe, expect, it } from "vitest";
import { openSwitchboard } from "./clients.ts";
import { readFigureSize, runTimeoutMs } from "./figure-size.ts";
import { runMachine, type Violations } from "./machine.ts";

const { seeds, steps } = readFigureSize();
const timeout = runTimeoutMs(steps);

/** Worlds of one process need addresses of their own, and addresses come from the seed. */
const KILL_SEEDS_FROM = 100_000;

const NONE: Violations = {
  reusedCounters: [],
  prematureSends: [],
  reissuedPreKeys: [],
  contactFailures: [],
  botFailures: [],
  unexpectedErrors: [],
  unacknowledged: 0,
};

describe.concurrent("signal durability", () => {
  it.for(seeds)("uses no message key twice and loses no message, seed %i", { timeout }, async (seed) => {
    const report = await runMachine({ seed, steps, openClient: openSwitchboard, withKills: false });
    expect(report.violations).toEqual(NONE);
    expect(report.sent).toBeGreaterThan(0);
    expect(report.received).toBeGreaterThan(0);
    expect(report.tokens, "late writes that became durable").toBeGreaterThan(0);
  });

  it.for(seeds)("survives kills between any two moments, seed %i", { timeout }, async (seed) => {
    const report = await runMachine({
      seed: seed + KILL_SEEDS_FROM,
      steps,
      openClient: openSwitchboard,
      withKills: true,
    });
    expect(report.violations).toEqual(NONE);
    expect(report.sent).toBeGreaterThan(0);
  });
});
