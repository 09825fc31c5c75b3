import { createEventParser, type ParsedEvent } from "./event-parser.ts";

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;

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
        const isFinal = await this.#readOnce().catch(() => false);
        if (this.#closing.signal.aborted) return;
        this.readyState = isFinal ? this.CLOSED : this.CONNECTING;
        this.dispatchEvent(new Event("error"));
        if (isFinal) return;
        await wait(retryMs(this.#failures), this.#closing.signal);
        this.#failures += 1;
      }
    }

    /** true: the answer says that asking again is of no use. */
    async #readOnce(): Promise<boolean> {
      const place = this.#lastEventId === "" ? {} : { "last-event-id": this.#lastEventId };
      const response = await options.fetch(this.#url, {
        headers: { accept: "text/event-stream", ...options.headers, ...place },
        signal: this.#closing.signal,
      });
      const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
      if (!response.ok || !isStream || !response.body) {
        await response.body?.cancel();
        return response.status < 500 && response.status !== 429;
      }
      this.readyState = this.OPEN;
      this.#failures = 0;
      this.dispatchEvent(new Event("open"));
      const parse = createEventParser((event) => this.#dispatch(event));
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) parse(text);
      return false;
    }

    #dispatch(event: ParsedEvent): void {
      if (event.id !== null) this.#lastEventId = event.id;
      if (event.data === null || this.#closing.signal.aborted) return;
      this.dispatchEvent(new MessageEvent(event.type, { data: event.data, lastEventId: this.#lastEventId }));
    }
  };
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
