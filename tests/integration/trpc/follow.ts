import type { SwitchboardClient } from "../../../sdk/client/src/index.ts";

const opened: { unsubscribe(): void }[] = [];

/** Ends every stream this file opened; call it after each test. */
export function stopFollowing(): void {
  for (const subscription of opened.splice(0)) subscription.unsubscribe();
}

/** Follows events with a client; `next` waits for the next message and says what it is. */
export function follow(client: SwitchboardClient, lastEventId?: string) {
  const messages: { id: string; text: string }[] = [];
  let wake = () => {};
  const subscription = client.events.follow.subscribe(lastEventId === undefined ? {} : { lastEventId }, {
    onData: ({ id, data }) => {
      messages.push({
        id,
        text: data.kind === "ready" ? "ready" : `${data.event.type} ${String(data.event.data.name)}`,
      });
      wake();
    },
    onError: (err) => {
      messages.push({ id: "", text: `error ${err.data?.code}` });
      wake();
    },
  });
  opened.push(subscription);
  return {
    next: async () => {
      for (;;) {
        const message = messages.shift();
        if (message) return message;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
