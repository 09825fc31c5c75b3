import { rejectTriesMax, rejectWithinMs } from "@switchboard/core/domain/call-effects";
import { describe, expect, it } from "vitest";
import { workerTimings } from "./timings.ts";

/** The first QR text of a pairing (Baileys src/Socket/socket.ts, genPairQR). */
const LONGEST_QR_MS = 60_000;

describe("the times of a worker in service", () => {
  it("let a QR text live out its life before the pairing is given up", () => {
    expect(workerTimings.pairingWatchdogMs).toBeGreaterThan(LONGEST_QR_MS + 10_000);
  });

  it("leave room for every try of a reject", () => {
    const { rejectTryMs, rejectPauseMs } = workerTimings;
    expect(rejectTriesMax * rejectTryMs + (rejectTriesMax - 1) * rejectPauseMs).toBeLessThanOrEqual(rejectWithinMs);
  });

  it("end a connection that is being closed before the process is ended", () => {
    expect(workerTimings.settleLimitMs + 2 * workerTimings.closeLimitMs).toBeLessThan(20_000);
  });
});
