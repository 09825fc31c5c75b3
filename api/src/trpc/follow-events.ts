import type { ServiceContext } from "@switchboard/core/context";
import { type EventView, latestEventSequence, readEvents } from "@switchboard/core/services/events/read-events";
import { pause } from "@switchboard/core/services/pause";

/** While something happens somebody is watching it happen. */
const POLL_MS_MIN = 250;
/** When nothing happens; one indexed read a second for each open dashboard. */
const POLL_MS_MAX = 1_000;
const POLL_GROWTH = 1.25;
const SLICE_SIZE = 200;
/** A reader who may read no more is sent away by then also while nothing happens. */
const REFRESH_MS = 5_000;

/** An event with the place in the stream after it, or the place alone. */
export interface FollowedEvent {
  readonly sequence: number;
  /** null: nothing happened; the reader learns its place in the stream. */
  readonly event: EventView | null;
}

/** Looks the reader up again. @throws ServiceError unauthenticated once they may not read any more */
export type RefreshContext = (ctx: ServiceContext) => Promise<ServiceContext>;

/**
 * Events as they are committed, until `signal` is aborted. The reader is looked up again before anything is told and
 * every few seconds: who was signed out or left the team gets nothing from then on, and who has another role what that
 * role may see. Begins with the place it starts from, so that a reader whose
 * connection breaks before the first event can go on without a gap.
 * @param afterSequence null: only what happens from now on
 * @throws ServiceError what `refresh` throws; scope-missing
 */
export async function* followEvents(
  ctx: ServiceContext,
  afterSequence: number | null,
  signal: AbortSignal,
  refresh: RefreshContext,
): AsyncGenerator<FollowedEvent, void> {
  let reader = ctx;
  let refreshedMs = performance.now();
  const latest = await latestEventSequence(ctx);
  // A place beyond the end comes from another database: nothing would ever be found there.
  let sequence = afterSequence === null ? latest : Math.min(afterSequence, latest);
  let pollMs = POLL_MS_MIN;
  yield { sequence, event: null };
  while (!signal.aborted) {
    const place = { afterSequence: sequence, limit: SLICE_SIZE };
    let slice = await readEvents(reader, place);
    if (slice.items.length > 0 || performance.now() - refreshedMs >= REFRESH_MS) {
      reader = await refresh(ctx);
      refreshedMs = performance.now();
      slice = await readEvents(reader, place);
    }
    sequence = slice.lastSequence;
    yield* slice.items;
    if (slice.isMore) continue;
    pollMs = slice.items.length > 0 ? POLL_MS_MIN : Math.min(POLL_MS_MAX, pollMs * POLL_GROWTH);
    await pause(pollMs, signal);
  }
}
