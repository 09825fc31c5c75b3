import { describe, expect, it, vi } from "vitest";
import { SealError } from "../errors.ts";
import { plainChannel } from "../sealing/channel.ts";
import { RemoteRecordStore } from "./remote-record-store.ts";
import type { SessionCalls } from "./session-calls.ts";

const REVISION = 7;
const away = () => Promise.reject(new Error("not asked for"));

function openStore(read: SessionCalls["read"]) {
  const onReadFailed = vi.fn();
  const store = new RemoteRecordStore({
    calls: { read, commit: async ({ revision }) => revision + 1, readAll: away },
    channel: plainChannel,
    lease: { botId: "bot_1", leaseId: "lse_1", epoch: 3 },
    revision: REVISION,
    signal: new AbortController().signal,
    onReadFailed,
    onRetry: () => undefined,
  });
  return { store, onReadFailed };
}

describe("records that are read under a lease", () => {
  const answerOf = (revision: number) => async () => ({
    revision,
    content: { creds: {}, keys: { session: { a: 1 } } },
  });

  it("are refused when they are older than what was acknowledged, and the reading is over", async () => {
    const { store, onReadFailed } = openStore(answerOf(REVISION));
    expect(await store.read("session", ["a"])).toEqual(new Map([["a", "1"]]));
    await store.commit({ records: [], creds: "{}" });
    await expect(store.read("session", ["b"])).rejects.toThrow(SealError);
    expect(onReadFailed).toHaveBeenCalledOnce();
    await expect(store.readCreds()).rejects.toThrow(SealError);
  });

  it("are taken when a write was acknowledged after they were asked for", async () => {
    const answer = Promise.withResolvers<Awaited<ReturnType<SessionCalls["read"]>>>();
    const asked = Promise.withResolvers<void>();
    const { store } = openStore(() => {
      asked.resolve();
      return answer.promise;
    });
    const reading = store.read("session", ["a"]);
    await asked.promise;
    await store.commit({ records: [], creds: "{}" });
    answer.resolve(await answerOf(REVISION)());
    expect(await reading).toEqual(new Map([["a", "1"]]));
  });
});
