import type { LeaseName } from "@switchboard/db/queries/custody";
import type { CallPhase } from "../../domain/call-lifecycle.ts";
import { type CallerIdentity, completeIdentity, identityOfJid } from "../../domain/caller-identity.ts";
import type { CallAct, CallEnding, CallKind, CallOutcome, CallReason } from "../../domain/vocabulary.ts";

/** A call as the worker's mapper hands it over; nothing of the client's own types. */
export interface IncomingCall {
  /** WhatsApp's id of the call. */
  readonly callId: string;
  /** The address a reject must go to, unchanged from the event (a JID, perhaps with a device). */
  readonly callFrom: string;
  /** Digits, where the event or the identity map tells them beside `callFrom`. */
  readonly phoneNumber?: string | null | undefined;
  readonly lid?: string | null | undefined;
  readonly kind: CallKind;
  readonly isVideo: boolean;
  readonly groupJid?: string | null | undefined;
  /** WhatsApp delivered it from its queue after a reconnect. */
  readonly isOffline: boolean;
  /** When it began, by WhatsApp's clock. */
  readonly startedAtMs: number;
  /** When it reached the worker, by its clock. */
  readonly receivedAtMs: number;
  /** The phase that made it known; any that begins a call. */
  readonly phase: CallPhase;
}

/** A call to screen, by whoever holds the bot. */
export interface ScreenCallInput {
  readonly lease: LeaseName;
  readonly call: IncomingCall;
}

/** What was decided and recorded, with everything the worker needs to act. */
export interface CallScreening {
  /** The `call_` id of the row. */
  readonly callRowId: string;
  readonly callId: string;
  readonly callFrom: string;
  /** true: the call was screened before; this is what was decided then, and there is nothing to do. */
  readonly isDuplicate: boolean;
  readonly outcome: CallOutcome;
  readonly reason: CallReason;
  /** Reject first, then reply. `none` for duplicates and for calls that are over. */
  readonly act: CallAct;
  /** The text to send after the reject; null: none. */
  readonly replyText: string | null;
  /** The JID a text goes to, without device; null exactly when `replyText` is. */
  readonly replyTarget: string | null;
  readonly blockId: string | null;
  /** How it had ended when it was screened; null: it rings. */
  readonly ended: CallEnding | null;
}

/** Who calls, from all names at hand; null: no name is a person's. */
export function identityOf(call: IncomingCall): CallerIdentity | null {
  const told: CallerIdentity = { pn: call.phoneNumber ?? null, lid: call.lid ?? null };
  const shown = identityOfJid(call.callFrom) ?? { pn: null, lid: null };
  const identity = completeIdentity(shown, told);
  return identity.pn === null && identity.lid === null ? null : identity;
}
