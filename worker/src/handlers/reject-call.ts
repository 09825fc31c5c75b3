import { setTimeout as pause } from "node:timers/promises";
import { nextRejectStep, type RejectTry } from "@switchboard/core/domain/call-effects";
import type { RejectStatus } from "@switchboard/core/domain/vocabulary";
import type { WorkerTimings } from "../timings.ts";
import type { BotSocket } from "../whatsapp/open-socket.ts";
import type { ActiveCall } from "./active-calls.ts";

/** How a reject ended. */
export type FinalReject = Extract<RejectStatus, "confirmed" | "unconfirmed" | "failed" | "moot">;

/** Rejects one call and says how it went. Ends early when the call is over. Never rejects itself. */
export async function rejectUntilDone(
  socket: () => BotSocket | null,
  target: { readonly callId: string; readonly callFrom: string },
  call: ActiveCall,
  timings: Pick<WorkerTimings, "rejectTryMs" | "rejectPauseMs">,
): Promise<{ status: FinalReject; attempts: number }> {
  const tries: RejectTry[] = [];
  const firstTriedAtMs = performance.now();
  for (;;) {
    const next = nextRejectStep({ tries, firstTriedAtMs, nowMs: performance.now(), ended: call.ended });
    if (next.next === "stop") return { status: toFinal(next.status), attempts: tries.length };
    if (tries.length > 0) await pause(timings.rejectPauseMs);
    const connection = socket();
    const answer =
      connection?.rejectCall(target.callId, target.callFrom, timings.rejectTryMs) ?? Promise.resolve("silent" as const);
    tries.push(await answer);
  }
}

const toFinal = (status: RejectStatus): FinalReject =>
  status === "none" || status === "pending" ? "unconfirmed" : status;
