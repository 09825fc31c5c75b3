import { setTimeout as pause } from "node:timers/promises";
import { nextRejectStep, type RejectTry } from "@switchboard/core/domain/call-effects";
import type { RejectStatus } from "@switchboard/core/domain/vocabulary";
import type { BotSocket } from "../whatsapp/open-socket.ts";
import type { ActiveCall } from "./active-calls.ts";

/** One try is given up after this; three of them fit into the ten seconds a reject may take. */
const TRY_TIMEOUT_MS = 3_000;
/** A refused try is not repeated at once. */
const RETRY_PAUSE_MS = 300;

/** How a reject ended. */
export type FinalReject = Extract<RejectStatus, "confirmed" | "unconfirmed" | "failed" | "moot">;

/** Rejects one call and says how it went. Ends early when the call is over. Never rejects itself. */
export async function rejectUntilDone(
  socket: () => BotSocket | null,
  target: { readonly callId: string; readonly callFrom: string },
  call: ActiveCall,
): Promise<{ status: FinalReject; attempts: number }> {
  const tries: RejectTry[] = [];
  const firstTriedAtMs = performance.now();
  for (;;) {
    const next = nextRejectStep({ tries, firstTriedAtMs, nowMs: performance.now(), ended: call.ended });
    if (next.next === "stop") return { status: toFinal(next.status), attempts: tries.length };
    if (tries.length > 0) await pause(RETRY_PAUSE_MS);
    const connection = socket();
    const answer =
      connection?.rejectCall(target.callId, target.callFrom, TRY_TIMEOUT_MS) ?? Promise.resolve("silent" as const);
    tries.push(await answer);
  }
}

const toFinal = (status: RejectStatus): FinalReject =>
  status === "none" || status === "pending" ? "unconfirmed" : status;
