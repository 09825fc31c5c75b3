import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { ApiError } from "../errors.ts";
import { waitFor } from "../http/retry.ts";

/** An event of the lease's own stream. */
export type LeaseEvent = "drain" | "revoked" | "expiring" | "released";

const EVENTS: readonly string[] = ["drain", "revoked", "expiring", "released"] satisfies LeaseEvent[];
/** Between a stream that ended and the next: renewals tell the same, only later. */
const PAUSE_MS = 2_000;

/**
 * Follows the lease's events until the signal is aborted, opening the stream again when it ends. Never rejects: where there
 * is no stream, renewals do.
 */
export async function watchEvents(
  open: (signal: AbortSignal) => Promise<NodeStream<Uint8Array>>,
  onEvent: (event: LeaseEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const event of readEvents(await open(signal))) onEvent(event);
    } catch (error) {
      const isRefused = error instanceof ApiError && error.status < 500 && error.status !== 429;
      if (isRefused) return;
    }
    await waitFor(PAUSE_MS, signal).catch(() => undefined);
  }
}

/** The names of the events of a stream (WHATWG HTML, 9.2.6); their data tells nothing that a renewal does not. */
async function* readEvents(stream: NodeStream<Uint8Array>): AsyncGenerator<LeaseEvent> {
  for await (const line of createInterface({ input: Readable.fromWeb(stream), crlfDelay: Number.POSITIVE_INFINITY })) {
    const [, name = ""] = /^event: ?(.*)$/.exec(line) ?? [];
    if (isLeaseEvent(name)) yield name;
  }
}

const isLeaseEvent = (name: string): name is LeaseEvent => EVENTS.includes(name);
