import { randomBytes } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { ServiceContext } from "@switchboard/core/context";
import { readMasterKeyState } from "@switchboard/core/services/keys-rotation/master-key-state";
import { countByMasterKey } from "@switchboard/core/services/keys-rotation/rotate-master-key";
import { audit } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { rotateMasterKey } from "../../../api/src/maintenance/keys/rotate-master-key.ts";
import { createMachine as createRun, type Machine } from "../../../api/src/maintenance/machine.ts";
import { createOutput } from "../../../api/src/maintenance/output.ts";
import { addSession, createMachine, machineIn, readSession, type TestMachine, writeSession } from "./support.ts";

const newKey = () => randomBytes(32).toString("base64url");
const made: TestMachine[] = [];
const keep = (machine: TestMachine) => {
  made.push(machine);
  return machine;
};
const opened: ServiceContext[] = [];
const open = async (machine: TestMachine) => {
  const ctx = await machine.open();
  opened.push(ctx);
  return ctx;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((ctx) => ctx.db.close()));
  await Promise.all(made.splice(0).map((machine) => machine.dispose()));
});

const idsOf = async (ctx: ServiceContext) => (await countByMasterKey(ctx)).map(({ masterKeyId }) => masterKeyId);

describe("with the key in a file", () => {
  it("wraps everything under a new key, keeps the old one beside it, and changes nothing else", async () => {
    const machine = keep(await createMachine());
    const running = await open(machine);
    const botId = await addSession(running, 5);
    const before = running.keyring;
    expect(await machine.maintain("rotate", "master-key")).toMatchObject({ exitCode: 0 });
    const names = await readdir(machine.dataDir);
    expect(names).toContain("master.key.previous");
    for (const name of ["master.key", "master.key.previous"])
      expect((await stat(join(machine.dataDir, name))).mode & 0o777).toBe(0o600);
    const after = await open(machine);
    expect(await idsOf(after)).toEqual([after.keyring.master.current.id]);
    expect(after.keyring.master.current.id).not.toBe(before.master.current.id);
    expect(after.keyring.cookieSecret).toBe(before.cookieSecret);
    expect(after.keyring.jwks).toEqual(before.jwks);
    expect(await readSession(after, botId)).toEqual(['{"text":"first"}', ...Array(5).fill("first")]);
  });

  it("is met by a process that runs: it reads, and what it wraps from then on is under the new key", async () => {
    const machine = keep(await createMachine());
    const running = await open(machine);
    const botId = await addSession(running, 3);
    await machine.maintain("rotate", "master-key");
    await machine.maintain("rotate", "master-key");
    await writeSession(running, botId, 3, "second");
    expect(await readSession(running, botId)).toEqual(['{"text":"second"}', "second", "second", "second"]);
    await addSession(running, 1);
    expect(await idsOf(running)).toHaveLength(1);
    expect((await idsOf(running))[0]).not.toBe(running.keyring.master.current.id);
  });

  it("keeps the keys of earlier rotations under their ids: backups of their time need them", async () => {
    const machine = keep(await createMachine());
    const first = (await open(machine)).keyring.master.current.id;
    await machine.maintain("rotate", "master-key");
    await machine.maintain("rotate", "master-key");
    expect(await readdir(machine.dataDir)).toContain(`master.key.previous-${first}`);
    expect((await (await open(machine)).keyring.master.find(first)).id).toBe(first);
  });

  it("says with --plan what would be done, and does nothing", async () => {
    const machine = keep(await createMachine());
    const ctx = await open(machine);
    await addSession(ctx, 1);
    const [ids, key] = [await idsOf(ctx), await readFile(join(machine.dataDir, "master.key"), "utf8")];
    const { exitCode, stdout } = await machine.maintain("rotate", "master-key", "--plan", "--json");
    expect({ exitCode, plan: JSON.parse(stdout) }).toMatchObject({
      exitCode: 0,
      plan: { masterKeyId: ids[0], uses: [{ rows: 9 }], state: null, isNew: true },
    });
    expect(await idsOf(ctx)).toEqual(ids);
    expect(await readFile(join(machine.dataDir, "master.key"), "utf8")).toBe(key);
  });

  it("is noted once in the audit, with the fingerprints of both keys", async () => {
    const machine = keep(await createMachine());
    const ctx = await open(machine);
    const former = ctx.keyring.master.current.id;
    await machine.maintain("rotate", "master-key");
    const rows = await ctx.db.reader.select().from(audit).where(eq(audit.action, "installation.rotate-master-key"));
    expect(rows).toMatchObject([
      { actorId: "maintenance", detail: { keyId: (await idsOf(ctx))[0], formerKeyId: former } },
    ]);
  });
});

describe("with the key in the environment", () => {
  it("is done in steps: both keys, the command, then the old one may go", async () => {
    const [oldKey, nextKey] = [newKey(), newKey()];
    const before = keep(await createMachine({ MASTER_KEY: oldKey }));
    const ctx = await open(before);
    const botId = await addSession(ctx, 3);
    expect(await before.maintain("rotate", "master-key")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("MASTER_KEY_PREVIOUS"),
    });
    const both = machineIn(before.dataDir, { MASTER_KEY: nextKey, MASTER_KEY_PREVIOUS: oldKey });
    expect(await readSession(await open(both), botId)).toHaveLength(4);
    expect(await both.maintain("rotate", "master-key")).toMatchObject({ exitCode: 0 });
    const again = await both.maintain("rotate", "master-key");
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("MASTER_KEY_PREVIOUS may go") });
    const after = machineIn(before.dataDir, { MASTER_KEY: nextKey });
    expect(await readSession(await open(after), botId)).toHaveLength(4);
    expect(await readdir(before.dataDir)).not.toContain("master.key");
  });

  it("is refused with a sentence, and nothing is changed, when the previous key is a wrong one", async () => {
    const oldKey = newKey();
    const machine = keep(await createMachine({ MASTER_KEY: oldKey }));
    const ctx = await open(machine);
    await addSession(ctx, 1);
    const ids = await idsOf(ctx);
    const wrong = machineIn(machine.dataDir, { MASTER_KEY: newKey(), MASTER_KEY_PREVIOUS: newKey() });
    const run = await wrong.maintain("rotate", "master-key");
    expect(run).toMatchObject({ exitCode: 1, stdout: "" });
    expect(run.stderr).toMatch(new RegExp(`sealed under master key ${ids[0]}, but the keys given are \\w+ and \\w+`));
    expect(await idsOf(ctx)).toEqual(ids);
    expect(await readMasterKeyState(ctx.db.reader)).toBeNull();
  });
});

describe("ended at any point", () => {
  let template: TestMachine;
  let botId: Awaited<ReturnType<typeof addSession>>;
  beforeAll(async () => {
    template = await createMachine();
    const ctx = await template.open();
    botId = await addSession(ctx, 2);
    await addSession(ctx, 2);
    await ctx.db.close();
    return () => template.dispose();
  });

  it("leaves an installation that works, and goes on with the same new key when it is called again", async () => {
    const points: string[] = [];
    for (let ending = 1; ; ending += 1) {
      const machine = await template.copy();
      const running = await machine.open();
      const end = await rotateUntil(machine, ending);
      if (end === null) {
        await running.db.close();
        await machine.dispose();
        break;
      }
      points.push(end);
      const fresh = await machine.open();
      expect(await readSession(running, botId), end).toHaveLength(3);
      expect(await readSession(fresh, botId), end).toHaveLength(3);
      const named = fresh.keyring.master.current.id;
      const isComplete = (await readMasterKeyState(fresh.db.reader))?.completedAtMs != null;
      // Before the new key is in its place nothing of it is seen; once all is done, the next call is another rotation.
      const goesOn = !isComplete && ((await idsOf(fresh)).some((id) => id !== named) || points.length > 3);
      expect(await machine.maintain("rotate", "master-key"), end).toMatchObject({ exitCode: 0 });
      const after = await machine.open();
      expect(await idsOf(after), end).toEqual([after.keyring.master.current.id]);
      if (goesOn) expect(after.keyring.master.current.id, end).toBe(named);
      expect((await readMasterKeyState(after.db.reader))?.completedAtMs, end).not.toBeNull();
      expect(await readSession(running, botId), end).toHaveLength(3);
      await Promise.all([running, fresh, after].map((ctx) => ctx.db.close()));
      await machine.dispose();
    }
    expect(points.slice(0, 3)).toEqual(["next-made", "previous-kept", "in-place"]);
    // Beginning, eight secrets, two data keys, end: before and after each.
    expect(points.filter((point) => point.startsWith("write"))).toHaveLength(24);
  });
});

/** Rotates, and fails at the n-th point at which something was or will be made durable. null: it came to its end before. */
async function rotateUntil(machine: TestMachine, ending: number): Promise<string | null> {
  const ended = new Error("ended here");
  let points = 0;
  let last = "";
  const pass = (point: string) => {
    points += 1;
    last = point;
    if (points === ending) throw ended;
  };
  const terminal = { stdout: new PassThrough(), stderr: new PassThrough(), env: machine.env, folder: machine.dataDir };
  const interrupted = new AbortController().signal;
  const real = createRun({ ...terminal, interrupted }, createOutput({ ...terminal, interrupted }, false));
  const watched: Machine = {
    ...real,
    open: async () => {
      const ctx = await real.open();
      const write: ServiceContext["db"]["write"] = async (work) => {
        pass(`write ${points} is next`);
        const value = await ctx.db.write(work);
        pass(`write ${points} is done`);
        return value;
      };
      return { ...ctx, db: { ...ctx.db, write } };
    },
  };
  try {
    await rotateMasterKey(watched, {}, pass);
    return null;
  } catch (err) {
    if (err !== ended) throw err;
    return last;
  } finally {
    await real.close();
  }
}
