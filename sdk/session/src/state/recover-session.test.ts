import { describe, expect, it, vi } from "vitest";
import { SealError } from "../errors.ts";
import { plainChannel } from "../sealing/channel.ts";
import { recoverSession } from "./recover-session.ts";
import { RemoteRecordStore } from "./remote-record-store.ts";
import type { SessionCalls } from "./session-calls.ts";

const REVISION = 7;
const away = () => Promise.reject(new Error("not asked for"));

describe("a recovery", () => {
  it.each([
    ["refuses a session that is older than the lease, asked twice", [6, 6], "revision 6"],
    ["refuses a session that is newer than the lease, asked twice", [8, 8], "revision 8"],
    ["goes on with the second answer where that is of the lease's revision", [6, 7], "no credentials"],
    ["asks once where the answer is of the lease's revision", [7], "no credentials"],
  ])("%s", async (_, revisions, sentence) => {
    const readAll = vi.fn<SessionCalls["readAll"]>();
    for (const revision of revisions) readAll.mockResolvedValueOnce({ revision, content: {} });
    const { signal } = new AbortController();
    const calls = { read: away, commit: away, readAll };
    const ignored = { onReadFailed: () => undefined, onRetry: () => undefined };
    const lease = { botId: "bot_1", leaseId: "lse_1", epoch: 3 };
    const store = new RemoteRecordStore({
      calls,
      channel: plainChannel,
      lease,
      revision: REVISION,
      signal,
      ...ignored,
    });
    const error: unknown = await recoverSession(calls, store, signal).catch((err: unknown) => err);
    expect(error).toBeInstanceOf(SealError);
    expect(String(error)).toContain(sentence);
    expect(readAll).toHaveBeenCalledTimes(revisions.length);
  });
});
