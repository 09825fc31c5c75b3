import { principalName } from "@switchboard/core/context";
import { followLease, type LeaseTick } from "@switchboard/core/services/custody/follow-lease";
import type { Context } from "hono";
import { z } from "zod";
import { pathIds, protectedRoute } from "../openapi-parts.ts";
import { createPlaces } from "../places.ts";
import { type ApiEnv, createRouter } from "../router.ts";

/** A stream is ended after this; whoever follows comes back with their place and a fresh token. */
const STREAM_MS_MAX = 5 * 60_000;
/** Proxies close a silent stream after a minute. */
const SILENCE_MS_MAX = 10_000;
/** One, and the one before it whose end has not been noticed yet. */
const STREAMS_MAX = 2;
/** How long a client that lost the stream waits before it comes back. */
const RETRY_MS = 1_000;

const STREAM_EXAMPLE = `retry: ${RETRY_MS}
id: 4710

id: 4711
event: drain
data: {"botId":"bot_01k8yq2f5nzv3c6m9x4t7w8r2e","leaseId":"lse_01k8yq2f5nzv3c6m9x4t7w8r2e","epoch":8,"drain":{"to":"workers","deadline":"2026-11-22T12:00:20.000Z"}}

`;

const lastEventId = z
  .string()
  .regex(/^\d{1,15}$/, "This place in the stream is not one of ours.")
  .optional();

const eventsRoute = protectedRoute(
  {
    method: "get",
    path: "/api/bots/{botId}/session/lease/events",
    tags: ["Leases"],
    summary: "Follow a lease",
    description:
      "Server-sent events about the caller's lease alone: `drain` (with the deadline), `revoked`, `expiring` (renewals were missed), `released`. `Last-Event-ID` goes on without a gap, and then tells also of an end that came meanwhile. The stream ends with the lease, and every five minutes. Two streams at once, else 429. For whoever holds the lease: its lease token, or the API key with `session:lease`.",
    request: { params: pathIds("botId"), headers: z.object({ "last-event-id": lastEventId }) },
    responses: {
      200: {
        content: { "text/event-stream": { schema: z.string(), example: STREAM_EXAMPLE } },
        description: "`event` is the name, `data` a JSON object with `leaseId` and `epoch`. Comments keep it open.",
      },
    },
  },
  { refusals: ["forbidden", "scope-missing", "not-found", "stale-epoch", "lease-lost"], isReadOnlyByName: true },
);

/** The stream of one lease. */
export function leaseEventRoutes() {
  const router = createRouter();
  const streams = createPlaces(STREAMS_MAX, { what: "Streams of one lease", retryAfterSeconds: 10 });
  router.openapi(eventsRoute, async (c) => {
    const { botId } = c.req.valid("param");
    const place = c.req.valid("header")["last-event-id"];
    const end = new AbortController();
    const signals = [end.signal, c.req.raw.signal, c.var.deps.stopping, AbortSignal.timeout(STREAM_MS_MAX)];
    const input = { botId, afterSequence: place === undefined ? null : Number(place) };
    const over = AbortSignal.any(signals);
    const leave = streams.take(ownerOf(c, botId));
    if (over.aborted) leave();
    else over.addEventListener("abort", leave, { once: true });
    const ticks = await followLease(c.var.ctx, input, over).catch((err: unknown) => {
      end.abort();
      throw err;
    });
    return c.body(toStream(c, ticks, end), 200, { "Content-Type": "text/event-stream" });
  });
  return router;
}

/** A key holds one lease of a bot at a time, by whatever credential it is followed. */
function ownerOf(c: Context<ApiEnv>, botId: string): string {
  const { actor } = c.var.ctx;
  return `${"keyId" in actor ? actor.keyId : principalName(actor)}:${botId}`;
}

/** `end` is aborted when the stream is over, or nobody reads any more. An error ends the stream, and the client comes back. */
function toStream(c: Context<ApiEnv>, ticks: AsyncGenerator<LeaseTick, void>, end: AbortController) {
  const encoder = new TextEncoder();
  let spokenMs: number | null = null;
  const nextText = async (): Promise<string | null> => {
    for (;;) {
      const { value, done } = await ticks.next();
      if (done) return null;
      if (value.event !== null) return messageText(value);
      if (spokenMs === null) return placeText(value);
      if (performance.now() - spokenMs >= SILENCE_MS_MAX) return ": still here\n\n";
    }
  };
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const text = await nextText().catch((err: unknown) => {
        c.var.deps.logger.error({ err, requestId: c.var.ctx.request.id }, "the events of a lease broke off");
        return null;
      });
      if (text === null) {
        end.abort();
        return controller.close();
      }
      spokenMs = performance.now();
      controller.enqueue(encoder.encode(text));
    },
    cancel: () => end.abort(),
  });
}

/** Said first, so that a reader whose connection breaks before the first event can go on without a gap. */
const placeText = ({ sequence }: LeaseTick): string => `retry: ${RETRY_MS}\nid: ${sequence}\n\n`;

const messageText = ({ sequence, event, data }: Exclude<LeaseTick, { event: null }>): string =>
  `id: ${sequence}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
