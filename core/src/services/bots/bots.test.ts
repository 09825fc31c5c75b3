import { bots, commands, custody, events } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../context.ts";
import {
  addBot,
  addPerson,
  addTeam,
  apiKeyActor,
  holdBot,
  uniqueNumber,
  workerContext,
} from "../../testing/factories.ts";
import { linkBot } from "../../testing/linked-bot.ts";
import { auditOf, eventTypesOf } from "../../testing/records.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { reportBot } from "../fleet/report-bot.ts";
import { createBot } from "./create-bot.ts";
import { deleteBot } from "./delete-bot.ts";
import { getBot } from "./get-bot.ts";
import { listBots } from "./list-bots.ts";
import { requestBotCommand } from "./request-command.ts";
import { updateBot } from "./update-bot.ts";

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
beforeAll(async () => {
  test = await createTestContext();
  owner = await addTeam(test);
});
afterAll(() => test.dispose());

const newName = () => `Desk ${uniqueNumber()}`;
const page = { limit: 50 };
const commandState = async (commandId: string) => {
  const [row] = await test.db.reader.select().from(commands).where(eq(commands.id, commandId));
  return row?.state;
};

describe("making a bot", () => {
  it("is told to the stream and the audit, with who did it", async () => {
    const team = await addTeam(test);
    const bot = await createBot(test.as(team), { name: newName() });
    expect(await eventTypesOf(test, team.teamId)).toEqual(["bot.state"]);
    expect(await auditOf(test, bot.id)).toMatchObject([
      { action: "bot.create", actorId: team.userId, outcome: "success" },
    ]);
  });

  it("gives one of many at once the name, and writes nothing for the others", async () => {
    const team = await addTeam(test);
    const name = newName();
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => createBot(test.as(team), { name })));
    expect(tries.filter((done) => done.status === "fulfilled")).toHaveLength(1);
    expect((await listBots(test.as(team), page)).items).toHaveLength(1);
    expect(await eventTypesOf(test, team.teamId)).toEqual(["bot.state"]);
  });

  it("lets two teams use one name, and one team the name of a bot it deleted", async () => {
    const name = newName();
    const first = await createBot(test.as(owner), { name });
    await createBot(test.as(await addTeam(test)), { name });
    await linkBot(test, first.id);
    await deleteBot(test.as(owner), { botId: first.id, confirm: name });
    expect((await createBot(test.as(owner), { name })).id).not.toBe(first.id);
  });

  it.each(["operator", "viewer"] as const)("is refused to an %s", async (role) => {
    const person = await addPerson(test, owner.teamId, role);
    const made = createBot(test.as(person), { name: newName() });
    await expect(made).rejects.toMatchObject({
      code: "scope-missing",
      details: { extra: { requiredScope: "bots:write" } },
    });
  });

  it("is refused to a key that is limited to bots, and to nobody", async () => {
    const key = apiKeyActor(owner.teamId, ["bots:write"], [await addBot(test, owner)]);
    await expect(createBot(test.as(key), { name: newName() })).rejects.toMatchObject({ code: "forbidden" });
    await expect(createBot(test.as({ kind: "anonymous" }), { name: newName() })).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });
});

describe("a bot of another team", () => {
  it("is not found, whatever is done to it", async () => {
    const botId = await addBot(test, owner);
    const ctx = test.as(await addTeam(test));
    for (const done of [
      getBot(ctx, { botId }),
      updateBot(ctx, { botId, name: newName() }),
      deleteBot(ctx, { botId, confirm: "x" }),
      requestBotCommand(ctx, { botId, command: "start" }),
    ])
      await expect(done).rejects.toMatchObject({ code: "not-found", message: "There is no such thing here." });
  });
});

describe("changing a bot", () => {
  it("keeps its own name without a conflict, and refuses that of another", async () => {
    const [one, two] = [
      await createBot(test.as(owner), { name: newName() }),
      await createBot(test.as(owner), { name: newName() }),
    ];
    expect((await updateBot(test.as(owner), { botId: one.id, name: one.name })).name).toBe(one.name);
    const taken = updateBot(test.as(owner), { botId: one.id, name: two.name });
    await expect(taken).rejects.toMatchObject({ code: "conflict" });
    expect((await getBot(test.as(owner), { botId: one.id })).name).toBe(one.name);
  });

  it("moves its time zone", async () => {
    const botId = await addBot(test, owner);
    await updateBot(test.as(owner), { botId, timeZone: "Asia/Tokyo" });
    expect((await getBot(test.as(owner), { botId })).timeZone).toBe("Asia/Tokyo");
  });
});

describe("deleting a bot", () => {
  it("removes one that was never linked, and hides a linked one until its device is unlinked", async () => {
    for (const isLinked of [false, true]) {
      const bot = await createBot(test.as(owner), { name: newName() });
      if (isLinked) await linkBot(test, bot.id);
      await deleteBot(test.as(owner), { botId: bot.id, confirm: bot.name });
      await expect(getBot(test.as(owner), { botId: bot.id })).rejects.toMatchObject({ code: "not-found" });
      const rows = await test.db.reader.select().from(bots).where(eq(bots.id, bot.id));
      expect(rows).toHaveLength(isLinked ? 1 : 0);
    }
  });
});

describe("the state of a bot", () => {
  it("is not shown as online once the lease of its holder has run out", async () => {
    const botId = await addBot(test, owner);
    const lease = await holdBot(test, botId);
    await reportBot(workerContext(test), lease, { state: "online", reason: null });
    expect(await getBot(test.as(owner), { botId })).toMatchObject({ state: "online", holder: { epoch: lease.epoch } });
    test.clock.advanceMs(120_000);
    expect(await getBot(test.as(owner), { botId })).toMatchObject({
      state: "backing-off",
      reason: "worker-gone",
      holder: null,
    });
  });

  it("is written by nobody but the present holder", async () => {
    const botId = await addBot(test, owner);
    const old = await holdBot(test, botId);
    await holdBot(test, botId, "wrk_other");
    const late = reportBot(workerContext(test), old, { state: "online", reason: null });
    await expect(late).rejects.toMatchObject({ code: "stale-epoch" });
    expect((await getBot(test.as(owner), { botId })).state).toBe("stopped");
  });
});

describe("a command", () => {
  it("replaces the one before it, and the wish outlives both", async () => {
    const botId = await addBot(test, owner);
    const first = await requestBotCommand(test.as(owner), { botId, command: "start" });
    const second = await requestBotCommand(test.as(owner), { botId, command: "stop" });
    expect(second.commandId).not.toBe(first.commandId);
    expect((await getBot(test.as(owner), { botId })).desiredState).toBe("stopped");
  });

  it("is done at once where no worker has anything to do for it, and the changed wish is told once", async () => {
    const team = await addTeam(test);
    const botId = await addBot(test, team);
    for (const command of ["stop", "start", "start", "restart", "stop"] as const) {
      const { commandId } = await requestBotCommand(test.as(team), { botId, command });
      expect(await commandState(commandId)).toBe("done");
    }
    const told = await test.db.reader.select().from(events).where(eq(events.botId, botId)).orderBy(events.sequence);
    expect(told.map(({ data }) => data.desiredState)).toEqual(["stopped", "running", "stopped"]);
  });

  it("waits for a worker where one has to act, and a bot without a holder is stopped by the wish alone", async () => {
    const botId = await addBot(test, owner);
    await linkBot(test, botId);
    const stateAfter = async (command: "start" | "stop" | "restart" | "logout") =>
      commandState((await requestBotCommand(test.as(owner), { botId, command })).commandId);
    expect(await stateAfter("start")).toBe("pending");
    expect(await stateAfter("logout")).toBe("pending");
    const lease = await holdBot(test, botId);
    await reportBot(workerContext(test), lease, { state: "online", reason: null });
    expect(await stateAfter("stop")).toBe("pending");
    expect((await getBot(test.as(owner), { botId })).state).toBe("online");
    test.clock.advanceMs(120_000);
    expect(await stateAfter("stop")).toBe("done");
    expect(await getBot(test.as(owner), { botId })).toMatchObject({ state: "stopped", reason: "stopped-by-user" });
  });

  it("only changes the wish for a bot that a microservice holds", async () => {
    const botId = await addBot(test, owner);
    await linkBot(test, botId);
    const lease = await holdBot(test, botId);
    await reportBot(workerContext(test), lease, { state: "handed-over", reason: "handed-over" });
    await test.db.write(async (tx) => {
      await tx.update(custody).set({ holderKind: "key", holderId: "key_1" }).where(eq(custody.botId, botId));
    });
    const { commandId } = await requestBotCommand(test.as(owner), { botId, command: "stop" });
    expect(await commandState(commandId)).toBe("done");
    expect(await getBot(test.as(owner), { botId })).toMatchObject({ state: "handed-over", desiredState: "stopped" });
  });
});
