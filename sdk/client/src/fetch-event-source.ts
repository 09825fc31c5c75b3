import { createEventParser, type ParsedEvent } from "./event-parser.ts";

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;
/** The event by which tRPC hands an error over inside a stream (@trpc/server, stream/sse.ts). */
const REFUSAL_EVENT = "serialized-error";

/** How the stream is asked for. */
export interface EventSourceOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
}

/** What tRPC uses of the browser's EventSource. */
export interface EventSourceInstance extends EventTarget {
  readonly CONNECTING: number;
  readonly OPEN: number;
  readonly CLOSED: number;
  /** One of the three. */
  readonly readyState: number;
  close(): void;
}

/**
 * A class with the interface of the browser's EventSource that can send a header: the browser's cannot, and a
 * credential must not be in a URL. It reconnects by itself with Last-Event-ID; a refusal (4xx but 429) ends it.
 * Standard: WHATWG HTML, server-sent events.
 */
export function createFetchEventSource(options: EventSourceOptions): new (url: string) => EventSourceInstance {
  return class FetchEventSource extends EventTarget {
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSED = 2;
    readyState = 0;
    readonly #closing = new AbortController();
    readonly #url: string;
    #lastEventId = "";
    #failures = 0;

    constructor(url: string) {
      super();
      this.#url = url;
      void this.#run();
    }

    close(): void {
      this.readyState = this.CLOSED;
      this.#closing.abort();
    }

    async #run(): Promise<void> {
      while (!this.#closing.signal.aborted) {
        const end = await this.#readOnce().catch(() => "broken" as const);
        if (this.#closing.signal.aborted) return;
        this.readyState = end === "broken" ? this.CONNECTING : this.CLOSED;
        if (end !== "told") this.dispatchEvent(new Event("error"));
        if (end !== "broken") return;
        await wait(retryMs(this.#failures), this.#closing.signal);
        this.#failures += 1;
      }
    }

    /** `refused` and `told`: asking again is of no use; `told` has handed over why. */
    async #readOnce(): Promise<"broken" | "refused" | "told"> {
      const place = this.#lastEventId === "" ? {} : { "last-event-id": this.#lastEventId };
      const response = await options.fetch(this.#url, {
        headers: { accept: "text/event-stream", ...options.headers, ...place },
        signal: this.#closing.signal,
      });
      const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
      if (!response.ok || !isStream || !response.body) return this.#readRefusal(response);
      this.readyState = this.OPEN;
      this.#failures = 0;
      this.dispatchEvent(new Event("open"));
      const parse = createEventParser((event) => this.#dispatch(event));
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) parse(text);
      return "broken";
    }

    async #readRefusal(response: Response): Promise<"broken" | "refused" | "told"> {
      const isPassing = response.status >= 500 || response.status === 429;
      const refusal = isPassing ? null : readError(await response.text().catch(() => ""));
      if (isPassing) await response.body?.cancel();
      if (refusal === null) return isPassing ? "broken" : "refused";
      this.dispatchEvent(new MessageEvent(REFUSAL_EVENT, { data: refusal }));
      return "told";
    }

    #dispatch(event: ParsedEvent): void {
      if (event.id !== null) this.#lastEventId = event.id;
      if (event.data === null || this.#closing.signal.aborted) return;
      this.dispatchEvent(new MessageEvent(event.type, { data: event.data, lastEventId: this.#lastEventId }));
    }
  };
}

/** The error inside the answer to a call, still as it was sent; null: the answer is none of the api's. */
function readError(text: string): string | null {
  try {
    const answer: unknown = JSON.parse(text);
    const isError = typeof answer === "object" && answer !== null && "error" in answer;
    return isError ? JSON.stringify(answer.error) : null;
  } catch {
    return null;
  }
}

const retryMs = (failures: number): number => Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** failures);

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
