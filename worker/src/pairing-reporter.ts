import type { PairingFailureReason, PairingState } from "@switchboard/core/domain/vocabulary";
import type { WantedBot } from "@switchboard/core/services/fleet/list-wanted-bots";
import { reportPairing } from "@switchboard/core/services/fleet/report-bot";
import type { LeaseName } from "@switchboard/db/queries/custody";
import type { WorkerDeps } from "./deps.ts";
import type { BotSocket } from "./whatsapp/open-socket.ts";

/** The first QR text lives this long, later ones 20 s (Baileys src/Socket/socket.ts, genPairQR). */
const FIRST_QR_MS = 60_000;
const LATER_QR_MS = 20_000;
/** Six references: after the last the connection ends, and with it a pairing code. */
const PAIRING_MS = FIRST_QR_MS + 5 * LATER_QR_MS;

/** Tells the database how one pairing attempt goes, in order, one step after the other. */
export class PairingReporter {
  readonly attemptId: string;
  /** How far it came: `asked` nothing yet; `accepted` by the phone, which the server knows; `linked` once logged in. */
  stage: "asked" | "accepted" | "linked";
  readonly #deps: WorkerDeps;
  readonly #lease: LeaseName;
  readonly #pairing: NonNullable<WantedBot["pairing"]>;
  readonly #onGone: () => void;
  #steps: Promise<void> = Promise.resolve();
  #qrCount = 0;
  #knownFailure: PairingFailureReason | null = null;

  /** `onGone`: the attempt was cancelled or replaced, or the lease is lost; the connection should end. */
  constructor(deps: WorkerDeps, lease: LeaseName, pairing: NonNullable<WantedBot["pairing"]>, onGone: () => void) {
    this.attemptId = pairing.attemptId;
    this.stage = pairing.state === "linking" ? "accepted" : "asked";
    this.#deps = deps;
    this.#lease = lease;
    this.#pairing = pairing;
    this.#onGone = onGone;
  }

  /** A new QR text came: shows it, or at the first one asks for a code instead. */
  onQr(qr: string, socket: () => BotSocket | null): void {
    this.#qrCount += 1;
    const { method, phoneNumber } = this.#pairing;
    const nowMs = this.#deps.ctx.clock.nowMs();
    if (method === "qr") {
      const expiresAtMs = nowMs + (this.#qrCount === 1 ? FIRST_QR_MS : LATER_QR_MS);
      this.#report("qr", { secret: qr, expiresAtMs });
    } else if (this.#qrCount === 1 && phoneNumber !== null) {
      this.#enqueue(async () => {
        const code = await socket()?.requestPairingCode(phoneNumber);
        if (code !== undefined) await this.#write("code", { secret: code, expiresAtMs: nowMs + PAIRING_MS });
      });
    }
  }

  onPaired(): void {
    this.stage = "accepted";
    this.#report("linking", {});
  }

  onLinked(): void {
    this.stage = "linked";
    this.#report("linked", {});
  }

  /** The reason the phone gave comes before the close, and outlasts it. */
  onPasskeyRequired(): void {
    this.#knownFailure = "passkey-required";
  }

  onFailed(closeReason: PairingFailureReason): void {
    const reason = this.#knownFailure ?? closeReason;
    this.#report(reason === "expired" ? "expired" : "failed", { reason });
  }

  /** Resolves when everything said so far is written or could not be. */
  settled(): Promise<void> {
    return this.#steps;
  }

  #report(state: PairingState, step: Step): void {
    this.#enqueue(() => this.#write(state, step));
  }

  #enqueue(step: () => Promise<void>): void {
    this.#steps = this.#steps.then(step).catch((err: unknown) => {
      this.#deps.logger.warn({ botId: this.#lease.botId, err }, "a pairing step could not be reported");
    });
  }

  async #write(state: PairingState, step: Step): Promise<void> {
    const { secret = null, expiresAtMs = null, reason = null } = step;
    const report = { attemptId: this.attemptId, state, secret, expiresAtMs, reason };
    const isCurrent = await reportPairing(this.#deps.ctx, this.#lease, report);
    if (!isCurrent) this.#onGone();
  }
}

interface Step {
  readonly secret?: string;
  readonly expiresAtMs?: number;
  readonly reason?: PairingFailureReason;
}
