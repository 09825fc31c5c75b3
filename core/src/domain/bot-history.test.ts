import { describe, expect, it } from "vitest";
import { segmentsOf, type ToldState } from "./bot-history.ts";

const told = (state: ToldState["state"], sinceMs: number, reason: ToldState["reason"] = null): ToldState => ({
  state,
  reason,
  sinceMs,
});
const span = { fromMs: 100, toMs: 200 };

describe("the history of a bot's states", () => {
  it("is empty where nothing was told", () => {
    expect(segmentsOf([], span)).toEqual([]);
  });

  it("joins state to state up to the end, and cuts what began before the span", () => {
    expect(segmentsOf([told("connecting", 50), told("online", 120), told("stopped", 150)], span)).toEqual([
      { state: "connecting", reason: null, fromMs: 100, toMs: 120 },
      { state: "online", reason: null, fromMs: 120, toMs: 150 },
      { state: "stopped", reason: null, fromMs: 150, toMs: 200 },
    ]);
  });

  it("leaves out what ended before the span, at its very first instant too", () => {
    expect(segmentsOf([told("stopped", 10), told("online", 100)], span).map(({ state }) => state)).toEqual(["online"]);
    expect(segmentsOf([told("stopped", 10), told("online", 101)], span).map(({ state }) => state)).toEqual([
      "stopped",
      "online",
    ]);
  });

  it("begins with the first state that is known", () => {
    expect(segmentsOf([told("online", 130)], span)).toMatchObject([{ fromMs: 130, toMs: 200 }]);
  });

  it("makes one segment of what is told again, and two where the reason changed", () => {
    expect(segmentsOf([told("online", 110), told("online", 110)], span)).toHaveLength(1);
    const twice = [told("backing-off", 110, "connection-lost"), told("backing-off", 140, "service-unavailable")];
    expect(segmentsOf(twice, span)).toMatchObject([{ toMs: 140 }, { fromMs: 140, reason: "service-unavailable" }]);
  });

  it("ends a state where its holder fell silent, although that was told later", () => {
    const states = [told("online", 110), told("backing-off", 150, "worker-gone"), told("connecting", 170)];
    expect(segmentsOf(states, span).map(({ state, fromMs, toMs }) => [state, fromMs, toMs])).toEqual([
      ["online", 110, 150],
      ["backing-off", 150, 170],
      ["connecting", 170, 200],
    ]);
    const late = [told("online", 110), told("connecting", 160), told("backing-off", 150, "worker-gone")];
    expect(segmentsOf(late, span).map(({ state }) => state)).toEqual(["online", "backing-off"]);
  });
});
