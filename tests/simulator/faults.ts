import type { CertificateDefect } from "./wire/certificates.ts";

/** What to do with the next messages of an account's devices. */
export interface MessageFailure {
  /** 463: reach-out time-lock or missing token; 403: not allowed. */
  readonly code: number;
  remainingCount: number;
}

/** The state of the reach-out time-lock that an account's devices may ask for. */
export interface ReachoutTimelock {
  readonly isActive: boolean;
  /** null: the server names no end. */
  readonly endsAt: Date | null;
  readonly enforcementType: string;
}

/** How a reject is treated: see {@link RejectFault}. */
export type RejectTreatment = "normal" | "unanswered" | "ignored" | "refused";

/**
 * A fault of rejects. `unanswered`: the call ends but no ack comes. `ignored`: it is acked but the call rings on.
 * `refused`: the ack carries an error and the call rings on.
 */
export interface RejectFault {
  readonly treatment: Exclude<RejectTreatment, "normal">;
  readonly errorCode: number;
  remainingCount: number;
}

/** A fault of queries: the answer is dropped, or is an error. */
export interface QueryFault {
  readonly xmlns: string;
  /** null drops the answer. */
  readonly errorCode: number | null;
  remainingCount: number;
}

/** Faults that wait for the next upgrade or handshake, whoever makes it. */
export interface ListenerFaults {
  refusedUpgrades: { status: number; isKeptOpen: boolean; remainingCount: number } | null;
  silentHandshakeCount: number;
  certificateDefect: { defect: CertificateDefect; remainingCount: number } | null;
}

/** Faults of one account's devices. */
export class AccountFaults {
  messages: MessageFailure | null = null;
  rejects: RejectFault | null = null;
  readonly queries: QueryFault[] = [];
  queryDelayMs = 0;
  loginFailure: { reason: number; remainingCount: number } | null = null;
  timelock: ReachoutTimelock = { isActive: false, endsAt: null, enforcementType: "DEFAULT" };

  /** Takes one failure of a message; null when messages go through. */
  takeMessageFailure(): number | null {
    return take(this.messages)?.code ?? null;
  }

  /** Takes the treatment of the next reject; null when it is normal. */
  takeReject(): RejectFault | null {
    return take(this.rejects);
  }

  /** Takes a fault for a query of this namespace; null when it is answered normally. */
  takeQuery(xmlns: string): QueryFault | null {
    return take(this.queries.find((fault) => fault.xmlns === xmlns && fault.remainingCount > 0) ?? null);
  }

  /** Takes a refusal of a login; null when it succeeds. */
  takeLoginFailure(): number | null {
    return take(this.loginFailure)?.reason ?? null;
  }
}

function take<T extends { remainingCount: number }>(fault: T | null): T | null {
  if (fault === null || fault.remainingCount <= 0) return null;
  fault.remainingCount--;
  return fault;
}
