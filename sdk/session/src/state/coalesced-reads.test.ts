import { describe, expect, it, vi } from "vitest";
import { CoalescedReads } from "./coalesced-reads.ts";
import type { Wanted } from "./session-calls.ts";

/** Answers every id with its own name, but those that begin with `no`. */
const answering = () =>
  vi.fn(
    async (wanted: Wanted) =>
      new Map(
        Object.entries(wanted).map(([type, ids]) => [
          type,
          new Map(ids.filter((id) => !id.startsWith("no")).map((id) => [id, `${type} ${id}`])),
        ]),
      ),
  );

describe("reads of one turn", () => {
  it("go out as one request that names each id once", async () => {
    const fetch = answering();
    const reads = new CoalescedReads(fetch);
    const answers = await Promise.all([
      reads.read("session", ["a", "no"]),
      reads.read("session", ["a", "b"]),
      reads.read("pre-key", ["7"]),
    ]);
    expect(fetch).toHaveBeenCalledExactlyOnceWith({ session: ["a", "no", "b"], "pre-key": ["7"] });
    expect(answers.map((answer) => answer.get("a"))).toEqual(["session a", "session a", undefined]);
    expect(answers[0]?.has("no")).toBe(false);
    expect(answers[2]?.get("7")).toBe("pre-key 7");
  });

  it("begin a new request in the next turn", async () => {
    const fetch = answering();
    const reads = new CoalescedReads(fetch);
    await reads.read("session", ["a"]);
    await reads.read("session", ["b"]);
    expect(fetch.mock.calls).toEqual([[{ session: ["a"] }], [{ session: ["b"] }]]);
  });

  it("are several requests where the service takes no more ids at once", async () => {
    const fetch = answering();
    const ids = Array.from({ length: 1_200 }, (_, id) => String(id));
    const answer = await new CoalescedReads(fetch).read("pre-key", ids);
    expect(fetch.mock.calls.map(([wanted]) => wanted["pre-key"]?.length)).toEqual([1_000, 200]);
    expect(answer.size).toBe(1_200);
  });

  it("fail together, and leave the next ones alone", async () => {
    const fetch = answering();
    fetch.mockRejectedValueOnce(new Error("away"));
    const reads = new CoalescedReads(fetch);
    const both = await Promise.allSettled([reads.read("session", ["a"]), reads.read("session", ["b"])]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect((await reads.read("session", ["a"])).get("a")).toBe("session a");
  });
});
