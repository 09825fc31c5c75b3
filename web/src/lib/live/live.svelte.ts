import type { QueryClient } from "@tanstack/svelte-query";
import type { Api } from "#lib/api/client.ts";
import { changedBy } from "./changes.ts";

/** How the page's own link to Switchboard is; `lost` when it has not come back at once. */
export type LinkState = "connecting" | "live" | "lost";

/** Many events of one moment make one question. */
const GATHER_MS = 150;
/** Streams are renewed every few minutes, which takes a browser three seconds: nobody needs to hear of that. */
const PATIENCE_MS = 4_000;
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 15_000;

/**
 * The one stream of a tab: it says what has changed, and what is on show is asked for anew. It comes back by itself after
 * the last event it saw, so nothing is missed while it was away.
 */
export class Live {
  #link = $state<LinkState>("connecting");
  #awaySinceMs = $state<number | null>(null);
  #lastEventId: string | null = null;
  #failures = 0;
  readonly #changed = new Map<string, readonly string[]>();
  readonly #timers: { [name in "gather" | "patience" | "retry"]?: ReturnType<typeof setTimeout> | undefined } = {};

  /** Whether what is on show is kept fresh. */
  get link(): LinkState {
    return this.#link;
  }

  /** Since when nothing was heard, in ms; null: the link is there. */
  get awaySinceMs(): number | null {
    return this.#awaySinceMs;
  }

  /** Follows the stream until the returned function is called. */
  follow(api: Api, queryClient: QueryClient): () => void {
    let end = () => {};
    let isOver = false;
    const begin = () => {
      const { unsubscribe } = api.events.follow.subscribe(
        { lastEventId: this.#lastEventId },
        {
          onData: ({ id, data }) => {
            this.#lastEventId = id;
            if (data.kind === "event") this.#note(queryClient, changedBy(data.event));
            else this.#arrive(queryClient);
          },
          onConnectionStateChange: ({ state, error }) => {
            if (state === "connecting" && error !== null) this.#leave();
          },
          onError: () => comeBack(),
          onStopped: () => comeBack(),
        },
      );
      end = unsubscribe;
    };
    const comeBack = () => {
      if (isOver) return;
      end();
      this.#leave();
      // The sign-in may be what has ended: the answer to this sends to the login.
      void queryClient.invalidateQueries({ queryKey: ["me"] });
      clearTimeout(this.#timers.retry);
      this.#timers.retry = setTimeout(begin, Math.min(RETRY_MS_MIN * 2 ** this.#failures++, RETRY_MS_MAX));
    };
    // A browser that knows it has no network does not wait for the stream to fall silent.
    window.addEventListener("offline", comeBack);
    begin();
    return () => {
      isOver = true;
      window.removeEventListener("offline", comeBack);
      for (const timer of Object.values(this.#timers)) clearTimeout(timer);
      end();
    };
  }

  /** What was asked for before the stream stood may be older than its first event. */
  #arrive(queryClient: QueryClient): void {
    clearTimeout(this.#timers.patience);
    this.#timers.patience = undefined;
    this.#failures = 0;
    this.#link = "live";
    this.#awaySinceMs = null;
    void queryClient.invalidateQueries();
  }

  #leave(): void {
    this.#awaySinceMs ??= Date.now();
    if (this.#link === "live") this.#link = "connecting";
    this.#timers.patience ??= setTimeout(() => {
      this.#link = "lost";
    }, PATIENCE_MS);
  }

  #note(queryClient: QueryClient, keys: readonly (readonly string[])[]): void {
    for (const key of keys) this.#changed.set(key.join("/"), key);
    this.#timers.gather ??= setTimeout(() => {
      this.#timers.gather = undefined;
      for (const queryKey of this.#changed.values()) void queryClient.invalidateQueries({ queryKey });
      this.#changed.clear();
    }, GATHER_MS);
  }
}
