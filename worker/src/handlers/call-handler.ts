import { setTimeout as pause } from "node:timers/promises";
import { type CallPhase, callPhases, isBeginningPhase } from "@switchboard/core/domain/call-lifecycle";
import type { RejectStatus } from "@switchboard/core/domain/vocabulary";
import { learnIdentity } from "@switchboard/core/services/callers/learn-identity";
import { endCall } from "@switchboard/core/services/calls/end-call";
import type { CallScreening } from "@switchboard/core/services/calls/incoming-call";
import { recordReject } from "@switchboard/core/services/calls/record-reject";
import { recordReply } from "@switchboard/core/services/calls/record-reply";
import { reserveReply } from "@switchboard/core/services/calls/reserve-reply";
import { screenCall } from "@switchboard/core/services/calls/screen-call";
import { suspendReplies } from "@switchboard/core/services/calls/suspend-replies";
import type { BotConnection } from "../bot-connection.ts";
import type { CallStanza } from "../whatsapp/raw-call.ts";
import { type ActiveCall, ActiveCalls } from "./active-calls.ts";
import { Ordered } from "./ordered.ts";
import { rejectUntilDone } from "./reject-call.ts";
import { untilStored, wasNotApplied } from "./until-stored.ts";

/** Screens the calls of one bot and does what was decided: decide, record, act. Nothing thrown here reaches Baileys. */
export class CallHandler {
  readonly #bot: BotConnection;
  readonly #calls = new ActiveCalls();
  readonly #stanzas = new Ordered();
  readonly #acts = new Set<Promise<void>>();
  #isFrozen = false;

  constructor(bot: BotConnection) {
    this.#bot = bot;
  }

  /** Takes one call stanza; stanzas of one call are handled in their order. */
  onCall(stanza: CallStanza): void {
    const receivedAtMs = this.#bot.deps.ctx.clock.nowMs();
    this.#stanzas.run(stanza.callId, () => this.#handle(stanza, receivedAtMs).catch((err: unknown) => this.#note(err)));
  }

  /** From now on calls are screened and rejected as ever, but no text is begun: the bot is about to change hands. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Resolves when every stanza so far is handled and every reject and reply under way has ended. */
  async settled(): Promise<void> {
    await this.#stanzas.settled();
    await Promise.all(this.#acts);
  }

  /** Rejects a call because somebody asked for it; answers how it went. */
  async rejectNow(target: { callRowId: string; callId: string; callFrom: string }): Promise<RejectStatus> {
    const call = this.#calls.get(target.callId) ?? this.#calls.add(target.callId, null);
    return (await this.#reject(target, call)).rejectStatus;
  }

  async #handle(stanza: CallStanza, receivedAtMs: number): Promise<void> {
    const phase = callPhases.find((known) => known === stanza.phase);
    if (phase === undefined) return;
    if (isBeginningPhase(phase)) return this.#begin(stanza, phase, receivedAtMs);
    const { callId, terminateReason } = stanza;
    const step = { callId, phase, terminateReason, atMs: receivedAtMs };
    const end = { lease: this.#bot.lease, ...step };
    const { call: progress } = await this.#untilStored(() => endCall(this.#bot.deps.ctx, end));
    // A call that was accepted goes on, but for us it is over: nothing is rejected or said any more.
    const ended = progress?.ended ?? (progress?.rejectStatus === "moot" ? "answered" : null);
    if (ended !== null) this.#calls.get(callId)?.noteEnd(ended);
  }

  async #begin(stanza: CallStanza, phase: CallPhase, receivedAtMs: number): Promise<void> {
    if (this.#calls.get(stanza.callId)) return this.#learn(stanza);
    const { deps, lease } = this.#bot;
    const stop = deps.metrics.screeningSeconds.startTimer();
    const kind = stanza.isGroup ? "group" : stanza.isVideo ? "video" : "voice";
    const call = { ...stanza, kind, phase, receivedAtMs } as const;
    // Asked twice it answers that there is nothing to do, so it is repeated only where it did nothing.
    const screening = await this.#untilStored(() => screenCall(deps.ctx, { lease, call }), wasNotApplied);
    stop();
    if (!screening.isDuplicate) deps.metrics.calls.inc({ outcome: screening.outcome });
    const active = this.#calls.add(stanza.callId, screening.ended);
    if (screening.act !== "none") this.#track(this.#act(screening, active, this.#isFrozen));
  }

  /** A later stanza of a known call may name the caller in full, as an offer after a relaylatency does. */
  async #learn({ phoneNumber, lid }: CallStanza): Promise<void> {
    if (phoneNumber === null || lid === null) return;
    const identity = { lease: this.#bot.lease, phoneNumber, lid };
    await this.#untilStored(() => learnIdentity(this.#bot.deps.ctx, identity));
  }

  #track(act: Promise<void>): void {
    const tracked = act.catch((err: unknown) => this.#note(err)).finally(() => this.#acts.delete(tracked));
    this.#acts.add(tracked);
  }

  async #act(screening: CallScreening, call: ActiveCall, isFrozen: boolean): Promise<void> {
    const { deps } = this.#bot;
    const progress = await this.#reject(screening, call);
    const { replyText: text, replyTarget: jid, callRowId } = screening;
    if (text === null || jid === null || progress.replyStep === "drop") return;
    if (isFrozen) return this.#giveUpReply(callRowId, "failed");
    if (progress.replyStep === "wait") await this.#untilOver(call);
    await pause(deps.timings.replyDelayMs(deps.random()));
    await this.#reply(callRowId, { jid, text });
  }

  async #reject(target: { callRowId: string; callId: string; callFrom: string }, call: ActiveCall) {
    const { deps, lease } = this.#bot;
    const result = await rejectUntilDone(() => this.#bot.live?.socket ?? null, target, call, deps.timings);
    deps.metrics.rejects.inc({ status: result.status });
    const record = { lease, callRowId: target.callRowId, ...result };
    return this.#untilStored(() => recordReject(deps.ctx, record));
  }

  /** After a reject that came to nothing the phone may still ring, so the text waits for the call's end. */
  async #untilOver(call: ActiveCall): Promise<void> {
    await Promise.race([call.whenEnded, pause(this.#bot.deps.timings.endWaitMs, undefined, { ref: false })]);
  }

  /** The reservation is the last word on whether the text may go: somebody may have answered, or replies be suspended. */
  async #reply(callRowId: string, message: { jid: string; text: string }): Promise<void> {
    const { deps, lease } = this.#bot;
    const socket = this.#bot.live?.socket;
    if (!socket) return this.#giveUpReply(callRowId, "failed");
    const messageId = socket.newMessageId();
    const reserved = await this.#untilStored(() => reserveReply(deps.ctx, { lease, callRowId, messageId }));
    if (reserved.step === "wait") return this.#giveUpReply(callRowId, "moot");
    if (reserved.step === "drop") return;
    const answer = await socket.sendText({ ...message, messageId }).catch((err: unknown) => {
      this.#note(err);
      return { status: "refused", code: "none" } as const;
    });
    const status = answer.status === "refused" ? "failed" : "sent";
    deps.metrics.replies.inc({ status });
    await this.#untilStored(() => recordReply(deps.ctx, { lease, callRowId, status }));
    if (answer.status === "refused") await this.#heedRefusal(answer.code);
  }

  /** A text that will not go out does not stay pending: it would count against the caps for ever. */
  async #giveUpReply(callRowId: string, status: "failed" | "moot"): Promise<void> {
    const { deps, lease } = this.#bot;
    deps.metrics.replies.inc({ status });
    await this.#untilStored(() => recordReply(deps.ctx, { lease, callRowId, status }));
  }

  async #heedRefusal(code: string): Promise<void> {
    const { deps, lease } = this.#bot;
    const reason = code === "463" ? "error-463" : code === "403" ? "error-403" : null;
    if (reason !== null) await this.#untilStored(() => suspendReplies(deps.ctx, { lease, reason }));
  }

  #untilStored<T>(write: () => Promise<T>, isRepeatable?: (err: unknown) => boolean): Promise<T> {
    const { isAlive, deps } = this.#bot;
    return untilStored({ isAlive, retryMs: deps.timings.retryMs }, write, isRepeatable);
  }

  #note(err: unknown): void {
    this.#bot.deps.logger.error({ botId: this.#bot.lease.botId, err }, "a call could not be handled");
  }
}
