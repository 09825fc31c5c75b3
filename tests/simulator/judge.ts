import { describeStanza, type Stanza } from "./wire/binary-node.ts";

/** Every rule a client can break; each is described in the README. */
export const VIOLATION_CODES = [
  "frame.undecodable",
  "handshake.failed",
  "stanza.before-login",
  "query.reused-id",
  "query.unmatched-result",
  "link.wrong-keys",
  "link.signed-pre-key",
  "adv.pair-sign",
  "adv.message-identity",
  "adv.identity-missing",
  "pre-key.reused-id",
  "pre-key.malformed",
  "pre-key.signature",
  "ack.unmatched",
  "ack.wrong-address",
  "receipt.unknown-message",
  "fanout.missing-device",
  "fanout.unexpected-device",
  "fanout.duplicate-device",
  "message.addressed-to-device",
  "message.wrong-content",
  "message.reused-id",
  "message.unknown-recipient",
  "signal.counter-reused",
  "signal.undecryptable",
  "signal.wrong-identity",
  "call.reject-unknown",
  "call.reject-misaddressed",
  "call.reject-malformed",
] as const;

/** The name of a rule. */
export type ViolationCode = (typeof VIOLATION_CODES)[number];

/** A rule that a client broke. */
export interface Violation {
  readonly code: ViolationCode;
  readonly message: string;
  /** JID of the device that broke it; null before login. */
  readonly device: string | null;
  readonly atMs: number;
}

/** A stanza that the simulator has no answer for. */
export interface UnknownStanza {
  readonly description: string;
  readonly stanza: Stanza;
  readonly device: string | null;
  readonly atMs: number;
}

/** Collects what clients did wrong. It never stops a client: a test fails on the list, not the conversation. */
export class Judge {
  readonly violations: Violation[] = [];
  readonly unknownStanzas: UnknownStanza[] = [];
  readonly #onViolation: (violation: Violation) => void;

  constructor(onViolation: (violation: Violation) => void) {
    this.#onViolation = onViolation;
  }

  /** Notes a broken rule. */
  report(code: ViolationCode, message: string, device: string | null = null): void {
    const violation = { code, message, device, atMs: Date.now() };
    this.violations.push(violation);
    this.#onViolation(violation);
  }

  /** Notes a stanza without an answer. */
  reportUnknown(stanza: Stanza, device: string | null = null): void {
    this.unknownStanzas.push({ description: describeStanza(stanza), stanza, device, atMs: Date.now() });
  }

  /** Takes the violations of a rule off the list, for scenarios that provoke them on purpose. */
  forgive(code: ViolationCode): Violation[] {
    const forgiven = this.violations.filter((violation) => violation.code === code);
    const kept = this.violations.filter((violation) => violation.code !== code);
    this.violations.splice(0, this.violations.length, ...kept);
    return forgiven;
  }

  /** @throws when there is any violation or unknown stanza; the message lists them all */
  assertClean(): void {
    const lines = [
      ...this.violations.map(({ code, message, device }) => `${code}: ${message} (${device ?? "not logged in"})`),
      ...this.unknownStanzas.map(
        ({ description, device }) => `unknown stanza: ${description} (${device ?? "not logged in"})`,
      ),
    ];
    if (lines.length > 0) throw new Error(`the simulator saw ${lines.length} faults\n${lines.join("\n")}`);
  }
}
