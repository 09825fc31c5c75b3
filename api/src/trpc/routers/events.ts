import type { ServiceContext } from "@switchboard/core/context";
import type { EventView } from "@switchboard/core/services/events/read-events";
import { refreshPerson } from "@switchboard/core/services/identity/refresh-person";
import { tracked } from "@trpc/server";
import { z } from "zod";
import { followEvents } from "../follow-events.ts";
import { procedure, router } from "../init.ts";

const followInput = z.strictObject({
  /** Sent by the client when it comes back: the id of the last message it got. */
  lastEventId: z
    .string()
    .regex(/^\d{1,15}$/, "This place in the stream is not one of ours.")
    .nullish(),
});

/** A message of the live view. `ready` comes first, and tells that everything from here on will be seen. */
export type LiveMessage = { readonly kind: "ready" } | { readonly kind: "event"; readonly event: EventView };

/** What happens, as it happens. */
export const eventsRouter = router({
  /** Goes on after `lastEventId` without a gap or a repetition; without one it begins with what happens next. Ends for who may not read any more. */
  follow: procedure.input(followInput.prefault({})).subscription(async function* ({ ctx, input, signal }) {
    const lastEventId = input.lastEventId ?? null;
    const { stopping } = ctx.deps;
    const end = AbortSignal.any([signal, stopping].filter((part) => part !== undefined));
    const { actor } = ctx.service;
    const refresh = async (service: ServiceContext) => ({ ...service, actor: await refreshPerson(service, actor) });
    const stream = followEvents(ctx.service, lastEventId === null ? null : Number(lastEventId), end, refresh);
    for await (const { sequence, event } of stream) {
      const message: LiveMessage = event === null ? { kind: "ready" } : { kind: "event", event };
      yield tracked(String(sequence), message);
    }
    // A plain end tells the client that all is said; this one makes it come back when the api is there again.
    if (stopping?.aborted) throw new DOMException("The api is stopping.", "AbortError");
  }),
});
