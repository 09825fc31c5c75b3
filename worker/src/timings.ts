import { replyDelayMs } from "@switchboard/core/domain/reply";
import { CLEANUP_INTERVAL_MS } from "@switchboard/core/services/system/cleanup-status";

/** Every span of time a worker waits, in milliseconds. */
export interface WorkerTimings {
  /** How often the wishes are read. */
  readonly tickMs: number;
  readonly heartbeatMs: number;
  readonly cleanupMs: number;
  /** How often data keys are looked for that are due, by age or use. */
  readonly keyRotationMs: number;
  /** How often session tokens that are about to end are looked for: those of a minute are told of six seconds before. */
  readonly expiringTokensMs: number;
  /** How often bots are looked for whose microservice has been gone for too long. */
  readonly reclaimMs: number;
  /** A login that is not open after this is given up: Baileys itself may wait for ever. */
  readonly connectWatchdogMs: number;
  /** A pairing that shows nothing new after this is given up. Longer than the longest life of a QR text, which is 60 s. */
  readonly pairingWatchdogMs: number;
  /** How often a silent connection is asked whether it lives; five seconds without an answer end it. */
  readonly keepAliveMs: number;
  /** The message that a connection is working on when it is to be closed may take this long. */
  readonly finishLimitMs: number;
  /** In-flight work of a closing connection may take this long. */
  readonly closeLimitMs: number;
  /** One try to unlink a device is given up after this. */
  readonly unlinkTryMs: number;
  /** Replies and rejects under way may take this long when a bot is left. */
  readonly settleLimitMs: number;
  /** Waits between connections: the first, and the longest; half of each is random. */
  readonly backOff: { readonly baseDelayMs: number; readonly delayMsMax: number };
  /** A connection that stayed open this long has earned a fresh start of the back-off. */
  readonly stableMs: number;
  /** A report or step that the database refused for a moment is tried again after this. */
  readonly retryMs: number;
  /** One try of a reject is given up after this; three of them fit into the ten seconds a reject may take. */
  readonly rejectTryMs: number;
  /** A reject that came to nothing is not repeated at once. */
  readonly rejectPauseMs: number;
  /** The wait before a reply; `jitter` is a number from 0 up to 1. */
  readonly replyDelayMs: (jitter: number) => number;
  /** A text that waits for the end of a call is given up after this. */
  readonly endWaitMs: number;
  /** A session's commit or read that the database does not answer in this time is settled by the disk. */
  readonly storePatienceMs: number;
  /** The wait between two tries to bring to the database what it lacks. */
  readonly replayRetryMs: number;
  /** A session that could not be written to the disk is written anew after this, with the next commit. */
  readonly copyRetryMs: number;
}

/** The times of a worker in service. Tests shorten them; nothing else does. */
export const workerTimings: WorkerTimings = {
  tickMs: 500,
  heartbeatMs: 20_000,
  cleanupMs: CLEANUP_INTERVAL_MS,
  keyRotationMs: 3_600_000,
  expiringTokensMs: 2_000,
  reclaimMs: 5_000,
  connectWatchdogMs: 60_000,
  pairingWatchdogMs: 90_000,
  keepAliveMs: 30_000,
  finishLimitMs: 3_000,
  closeLimitMs: 5_000,
  unlinkTryMs: 10_000,
  settleLimitMs: 5_000,
  backOff: { baseDelayMs: 1_000, delayMsMax: 300_000 },
  stableMs: 60_000,
  retryMs: 1_000,
  rejectTryMs: 3_000,
  rejectPauseMs: 300,
  replyDelayMs,
  endWaitMs: 120_000,
  storePatienceMs: 1_000,
  replayRetryMs: 500,
  copyRetryMs: 60_000,
};
