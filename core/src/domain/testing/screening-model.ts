import { type BlockRow, isBlockActive, longestEnd, mergeBlocks } from "../blocks.ts";
import type { CallBlockingSettings } from "../call-blocking-settings.ts";
import { type CallerIdentity, completeIdentity, isSameCaller } from "../caller-identity.ts";
import { countingWindow, isCountedCall } from "../counting.ts";
import { type ReplyCounters, replyBotWindowMs, replyCallerWindowMs } from "../reply.ts";
import { decideCall } from "../screening.ts";
import { type CallDecision, noRules, type ScreenedCall, type ScreeningInput } from "../screening-types.ts";
import { calendarDay } from "../time-window.ts";

/** A call as it reaches the model: one id, the names it shows, and when. */
export interface ModelCall extends ScreenedCall {
  readonly id: string;
  readonly identity: CallerIdentity;
}

/** A stored call. */
export interface ModelRow {
  readonly call: ModelCall;
  identity: CallerIdentity;
  readonly decision: CallDecision;
}

/** A stored block. */
export type ModelBlock = { -readonly [Field in keyof BlockRow]: BlockRow[Field] } & {
  identity: CallerIdentity;
  hitCount: number;
};

/** Everything the model holds, as plain data. */
export interface ModelState {
  readonly rows: Map<string, ModelRow>;
  readonly blocks: ModelBlock[];
  readonly texts: { identity: CallerIdentity; atMs: number }[];
  readonly expiredEvents: string[];
}

/**
 * The database and its transaction in memory: log once per id, learn names, read, decide, write, strictly one call after
 * the other. The rules under test are called, never copied.
 */
export function createScreeningModel(settings: CallBlockingSettings) {
  const state: ModelState = { rows: new Map(), blocks: [], texts: [], expiredEvents: [] };
  const allowed: CallerIdentity[] = [];
  return {
    state,
    allow: (identity: CallerIdentity) => void allowed.push(identity),
    /** Decides without writing, as testing a number does. */
    trial: (call: ModelCall) => decideCall(inputFor(state, settings, allowed, call)),
    /** Takes a call in. Null: its id is known, nothing happens. */
    receive(call: ModelCall): CallDecision | null {
      if (state.rows.has(call.id)) return null;
      learn(state, call.identity, call.receivedAtMs);
      const decision = decideCall(inputFor(state, settings, allowed, call));
      write(state, call, decision);
      return decision;
    },
    block(identity: CallerIdentity, nowMs: number, expiresAtMs: number | null) {
      addBlock(state, identity, nowMs, {
        type: expiresAtMs === null ? "permanent" : "temporary",
        expiresAtMs,
        origin: "manual",
      });
    },
    unblock(identity: CallerIdentity, nowMs: number) {
      for (const block of activeBlocks(state, identity, nowMs)) block.endedAtMs = nowMs;
    },
    learn: (identity: CallerIdentity, nowMs: number) => learn(state, identity, nowMs),
    /** Marks what ran out, once each. */
    cleanUp: (nowMs: number) => markExpired(state, nowMs, () => true),
    activeBlocks: (identity: CallerIdentity, nowMs: number) => activeBlocks(state, identity, nowMs),
  };
}

/** The model's working parts. */
export type ScreeningModel = ReturnType<typeof createScreeningModel>;

function inputFor(
  state: ModelState,
  settings: CallBlockingSettings,
  allowed: readonly CallerIdentity[],
  call: ModelCall,
): ScreeningInput {
  const nowMs = call.receivedAtMs;
  const identity = knownIdentity(state, call.identity);
  const blocks = state.blocks.filter((block) => isSameCaller(block.identity, identity));
  const window = countingWindow(settings, call.startedAtMs, blocks, nowMs);
  const counted = [...state.rows.values()].filter(
    (row) =>
      isSameCaller(row.identity, identity) &&
      window.startMs <= row.call.startedAtMs &&
      row.call.startedAtMs < window.endMs &&
      isCountedCall({ counts: row.decision.counts, ended: null }, settings.countAnswered),
  );
  return {
    nowMs,
    call,
    settings,
    caller: {
      isOwnNumber: false,
      isStaff: false,
      isAllowed: allowed.some((entry) => isSameCaller(entry, identity)),
      isKnown: false,
    },
    blocks,
    countedCalls: counted.length,
    replies: countersFor(state, settings, identity, nowMs),
    rules: noRules,
  };
}

function countersFor(
  state: ModelState,
  settings: CallBlockingSettings,
  identity: CallerIdentity,
  nowMs: number,
): ReplyCounters {
  const { startMs } = calendarDay(nowMs, settings.timeZone);
  const today = state.texts.filter(({ atMs }) => atMs >= startMs);
  const strangers = today.filter(
    (text, index) => today.findIndex((other) => isSameCaller(other.identity, text.identity)) === index,
  );
  const toCaller = state.texts.filter((text) => isSameCaller(text.identity, identity));
  return {
    callerLastHour: toCaller.filter(({ atMs }) => atMs > nowMs - replyCallerWindowMs).length,
    botLastMinute: state.texts.filter(({ atMs }) => atMs > nowMs - replyBotWindowMs).length,
    strangersToday: strangers.length,
    isCallerAmongStrangers: strangers.some((text) => isSameCaller(text.identity, identity)),
    suspendedUntilMs: null,
  };
}

function write(state: ModelState, call: ModelCall, decision: CallDecision): void {
  const identity = knownIdentity(state, call.identity);
  state.rows.set(call.id, { call, identity, decision });
  const hit = state.blocks.find(({ id }) => decision.hitBlock && id === decision.blockId);
  if (hit !== undefined) hit.hitCount += 1;
  if (decision.createBlock !== null) addBlock(state, identity, call.receivedAtMs, decision.createBlock);
  if (decision.act === "reject-and-reply") state.texts.push({ identity, atMs: call.receivedAtMs });
}

function addBlock(
  state: ModelState,
  identity: CallerIdentity,
  nowMs: number,
  made: Pick<BlockRow, "type" | "expiresAtMs" | "origin">,
): void {
  markExpired(state, nowMs, (block) => isSameCaller(block.identity, identity));
  for (const block of activeBlocks(state, identity, nowMs)) block.endedAtMs = nowMs;
  const id = `blk_${state.blocks.length}`;
  state.blocks.push({ ...made, id, identity, createdAtMs: nowMs, endedAtMs: null, hitCount: 0 });
}

function markExpired(state: ModelState, nowMs: number, concerns: (block: ModelBlock) => boolean): void {
  for (const block of state.blocks.filter(concerns)) {
    if (block.endedAtMs !== null || isBlockActive(block, nowMs)) continue;
    block.endedAtMs = nowMs;
    state.expiredEvents.push(block.id);
  }
}

function activeBlocks(state: ModelState, identity: CallerIdentity, nowMs: number): ModelBlock[] {
  const known = knownIdentity(state, identity);
  return state.blocks.filter((block) => isSameCaller(block.identity, known) && isBlockActive(block, nowMs));
}

/** Completes every row and block of the person, and merges the blocks that turn out to be one person's. */
function learn(state: ModelState, identity: CallerIdentity, nowMs: number): void {
  if (identity.pn === null || identity.lid === null) return;
  for (const item of [...state.rows.values(), ...state.blocks, ...state.texts]) {
    if (isSameCaller(item.identity, identity)) item.identity = completeIdentity(item.identity, identity);
  }
  const [first, second] = activeBlocks(state, identity, nowMs);
  if (first === undefined || second === undefined) return;
  const { kept, end, ended } = mergeBlocks(first, second);
  Object.assign(kept, longestEnd(end, kept) === end ? end : {});
  ended.endedAtMs = nowMs;
}

function knownIdentity(state: ModelState, identity: CallerIdentity): CallerIdentity {
  const items = [...state.rows.values(), ...state.blocks];
  const known = items.find(
    (item) => item.identity.pn !== null && item.identity.lid !== null && isSameCaller(item.identity, identity),
  );
  return known === undefined ? identity : completeIdentity(identity, known.identity);
}
