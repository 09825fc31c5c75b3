import { appendFile, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SessionFileAlteredError } from "./errors.ts";
import { decodeFrames, encodeFrame, type Frame } from "./frames.ts";
import { readJournal } from "./journal-file.ts";
import { snapshotPathOf } from "./session-folder.ts";
import { batchOf, type JournalWorld, openJournalWorld, plainKeys } from "./testing/journal-world.ts";

describe("the journal of a session", () => {
  let world: JournalWorld;

  beforeEach(async () => {
    world = await openJournalWorld();
    await world.copy.append(batchOf("34600000001.0", 1), true);
    await world.copy.append(batchOf("34600000001.0", 2), false);
    await world.copy.append({ records: [], creds: '{"me":"34600000001"}' }, false);
  });
  afterEach(() => world.dispose());

  const read = () => readJournal(world.folder.journalPath, world.keys);
  const bytes = () => readFile(world.folder.journalPath);
  /** Writes the entries anew with checksums that fit, as somebody would who has no key. */
  const forge = async (change: (frames: Frame[]) => Frame[], head?: string) => {
    const file = await bytes();
    const headEnd = file.indexOf(0x0a) + 1;
    const frames = change(decodeFrames(file, headEnd).frames.map((frame) => ({ ...frame })));
    const line = head === undefined ? file.subarray(0, headEnd) : Buffer.from(head);
    await writeFile(world.folder.journalPath, Buffer.concat([line, ...frames.map(encodeFrame)]));
  };
  const flip = (payload: Uint8Array) => Uint8Array.from(payload, (byte, index) => (index === 20 ? byte ^ 1 : byte));

  it("gives back every commit in its order, and which of them the database has", async () => {
    expect(await read()).toMatchObject({
      head: { botId: "bot_1", epoch: 3, leaseId: "lse_1", workerId: "worker-1", revision: 0 },
      entries: [
        { revision: 1, ...batchOf("34600000001.0", 1) },
        { revision: 2, ...batchOf("34600000001.0", 2) },
        { revision: 3, records: [], creds: '{"me":"34600000001"}' },
      ],
      storedUpTo: 1,
      tornBytes: 0,
    });
    await world.copy.markStored(2);
    expect(await read()).toMatchObject({ storedUpTo: 2 });
  });

  it("holds no number, id or value in clear, in files that only their owner can open", async () => {
    const text = `${world.folder.journalPath}\n${(await bytes()).toString("latin1")}`;
    expect(text).toContain("bot_1");
    expect(text).not.toMatch(/34600000001|_chains|session"|"me"/);
    const modes = [world.folder.path, world.folder.journalPath, snapshotPathOf(world.folder, 1)];
    const found = await Promise.all(modes.map(async (path) => ((await stat(path)).mode & 0o777).toString(8)));
    expect(found).toEqual(["700", "600", "600"]);
  });

  it("ends before a write that was cut off", async () => {
    const { length } = await bytes();
    await truncate(world.folder.journalPath, length - 5);
    expect(await read()).toMatchObject({ entries: [{ revision: 1 }, { revision: 2 }] });
    expect((await read())?.tornBytes).toBeGreaterThan(0);
    await appendFile(world.folder.journalPath, Buffer.alloc(4));
    await expect(read()).resolves.toMatchObject({ entries: [{ revision: 1 }, { revision: 2 }] });
  });

  it("is refused when an entry was altered, also with a checksum that fits, the last one too", async () => {
    for (const at of [0, 1, 2]) {
      const whole = await bytes();
      await forge((frames) => frames.map((f, index) => (index === at ? { ...f, payload: flip(f.payload) } : f)));
      await expect(read()).rejects.toThrow(SessionFileAlteredError);
      await writeFile(world.folder.journalPath, whole);
    }
    await expect(read()).resolves.toMatchObject({ entries: [{}, {}, {}] });
  });

  it("is refused when entries changed their places, or one of them was taken out", async () => {
    const whole = await bytes();
    const renumber = (frames: Frame[]) => frames.map((frame, position) => ({ ...frame, position }));
    for (const change of [
      ([a, b, c]: Frame[]) => [b, a, c],
      ([, b, c]: Frame[]) => [b, c],
      ([a, , c]: Frame[]) => [a, c],
    ]) {
      await forge((frames) => renumber(change(frames).filter((frame) => frame !== undefined)));
      await expect(read()).rejects.toThrow(SessionFileAlteredError);
      await writeFile(world.folder.journalPath, whole);
    }
  });

  it("is refused under a first line of another bot, epoch or revision, and as another kind of file", async () => {
    const whole = await bytes();
    const head: object = JSON.parse(whole.subarray(0, whole.indexOf(0x0a)).toString());
    for (const change of [
      { botId: "bot_2" },
      { epoch: 4 },
      { leaseId: "lse_2" },
      { revision: 7 },
      { kind: "snapshot" },
    ]) {
      await forge((frames) => frames, `${JSON.stringify({ ...head, ...change })}\n`);
      await expect(read()).rejects.toThrow(SessionFileAlteredError);
      await writeFile(world.folder.journalPath, whole);
    }
    await forge((frames) => frames, `${JSON.stringify(head)}\n`);
    await expect(read()).resolves.toMatchObject({ entries: [{}, {}, {}] });
  });

  it("does not open under another key", async () => {
    await expect(readJournal(world.folder.journalPath, await plainKeys())).rejects.toThrow(SessionFileAlteredError);
  });

  it("is none where there is no file or not even a first line", async () => {
    expect(await readJournal(`${world.folder.journalPath}.none`, world.keys)).toBeNull();
    await truncate(world.folder.journalPath, 10);
    expect(await read()).toBeNull();
  });
});
