import { reportBot } from "@switchboard/core/services/fleet/report-bot";
import { holdBot, workerContext } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createSbTest, type SbTest, signInOwner } from "./support.ts";

let sb: SbTest;
let team: Awaited<ReturnType<typeof signInOwner>>;

beforeAll(async () => {
  sb = await createSbTest();
});
beforeEach(async () => {
  team = await signInOwner(sb);
});
afterAll(() => sb.dispose());

/** Back to the start of the line, and nothing on it. */
const CLEAR_LINE = "\r\u001b[K";
/** A person looks at standard error. */
const watched = () => ({ env: { SB_TOKEN: team.owner.token }, isErrTty: true });

it("makes a bot and shows it, by name in any case and by id", async () => {
  const made = await team.json(["bots", "create", "Reception", "--time-zone", "Europe/Madrid"]);
  expect(made).toMatchObject({ name: "Reception", timeZone: "Europe/Madrid", state: "stopped" });
  for (const name of ["Reception", "reception", made.id]) expect(await team.json(["bots", "show", name])).toEqual(made);
  const text = (await team.run(["bots", "show", "Reception"])).stdout;
  expect(text).toContain(made.id);
  expect(text).toContain("stopped since ");
});

it("lists all bots, past the first page, in columns", async () => {
  await team.json(["bots", "create", "Alpha"]);
  await team.json(["bots", "create", "Beta"]);
  const { items } = await team.json(["bots", "list"]);
  expect(items.map((bot: { name: string }) => bot.name).sort()).toEqual(["Alpha", "Beta"]);
  const lines = (await team.run(["bots", "list"])).stdout.split("\n");
  expect(lines[0]).toMatch(/^NAME +STATE +SINCE +PHONE +WANTED +HELD BY +HELD SINCE +ID$/);
  expect(lines).toHaveLength(4);
});

it("prefers the name as it is written, and asks when two differ in case only", async () => {
  const upper = await team.json(["bots", "create", "DESK"]);
  const lower = await team.json(["bots", "create", "desk"]);
  expect((await team.json(["bots", "show", "DESK"])).id).toBe(upper.id);
  expect((await team.json(["bots", "show", "desk"])).id).toBe(lower.id);
  expect((await team.run(["bots", "show", "Desk"])).exitCode).toBe(2);
});

it("names the bots there are when one is not found", async () => {
  await team.json(["bots", "create", "Alpha"]);
  const result = await team.run(["bots", "show", "Alfa"]);
  expect(result.exitCode).toBe(4);
  expect(result.stderr).toBe('sb: There is no bot "Alfa".\nBots: Alpha.\n');
});

it("renames, and refuses a taken name", async () => {
  await team.json(["bots", "create", "Old"]);
  await team.json(["bots", "create", "Taken"]);
  expect((await team.json(["bots", "rename", "Old", "New"])).name).toBe("New");
  const refused = await team.run(["bots", "rename", "New", "Taken"]);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain("already has a bot of this name");
});

it("deletes only when the name is repeated", async () => {
  const made = await team.json(["bots", "create", "Doomed"]);
  expect((await team.run(["bots", "delete", "Doomed"])).exitCode).toBe(2);
  expect((await team.run(["bots", "delete", "Doomed", "--confirm", "doomed"])).exitCode).toBe(2);
  expect(await team.json(["bots", "delete", "Doomed", "--confirm", "Doomed"])).toEqual({ deleted: made.id });
  expect((await team.run(["bots", "show", "Doomed"])).exitCode).toBe(4);
});

it("counts the bots in each state, and tells the states of the last hours", async () => {
  const { id: botId } = await team.json(["bots", "create", "Night desk"]);
  await team.json(["bots", "create", "Archive"]);
  const lease = await holdBot(sb.test, botId);
  sb.test.clock.advanceMs(1_000);
  await reportBot(workerContext(sb.test), lease, { state: "backing-off", reason: "connection-lost" });
  sb.test.clock.advanceMs(1_000);
  const counts = { total: 1, states: { "backing-off": 1, stopped: 0 } };
  expect(await team.json(["bots", "counts", "--name", "desk"])).toMatchObject(counts);
  expect((await team.run(["bots", "counts"])).stdout).toMatch(/total +2/);
  const { segments } = await team.json(["bots", "history", "Night desk", "--hours", "1"]);
  expect(segments).toMatchObject([{ state: "stopped" }, { state: "backing-off", reason: "connection-lost" }]);
  const text = (await team.run(["bots", "history", "Night desk"])).stdout;
  expect(text).toMatch(/backing-off +The connection went silent/);
  expect(text).toContain("Nothing is known before ");
});

it("orders a start and a stop, and can wait until it is so", async () => {
  const { id: botId } = await team.json(["bots", "create", "Ordered"]);
  expect(await team.json(["bots", "start", "Ordered"])).toEqual({ botId, commandId: expect.stringMatching(/^cmd_/) });
  const run = sb.start(["bots", "start", "Ordered", "--wait"], watched());
  await run.says(/Ordered is stopped/);
  const lease = await holdBot(sb.test, botId);
  await reportBot(workerContext(sb.test), lease, { state: "connecting", reason: null });
  await run.says(/Ordered is connecting/);
  await reportBot(workerContext(sb.test), lease, { state: "online", reason: null, isLinked: true });
  const done = await run.result;
  expect(done.exitCode).toBe(0);
  expect(done.stdout).toContain("online since ");
  expect(done.stderr.endsWith(CLEAR_LINE)).toBe(true);
  expect((await team.json(["bots", "stop", "Ordered"])).botId).toBe(botId);
});

it("stops waiting when the bot cannot get there, and says why", async () => {
  const { id: botId } = await team.json(["bots", "create", "Lost"]);
  sb.test.clock.advanceMs(1_000);
  const lease = await holdBot(sb.test, botId);
  const run = sb.start(["bots", "start", "Lost", "--wait"], watched());
  await run.says(/Lost is stopped/);
  await reportBot(workerContext(sb.test), lease, { state: "logged-out", reason: "logged-out" });
  const { exitCode, stderr } = await run.result;
  expect(exitCode).toBe(1);
  expect(stderr).toContain("Lost is logged-out.\nThe phone removed this linked device. Link it again.");
});

it("says nothing while it waits where nobody looks", async () => {
  const { id: botId } = await team.json(["bots", "create", "Quiet"]);
  const run = sb.start(["bots", "start", "Quiet", "--wait"], { env: { SB_TOKEN: team.owner.token } });
  const lease = await holdBot(sb.test, botId);
  await reportBot(workerContext(sb.test), lease, { state: "online", reason: null, isLinked: true });
  expect(await run.result).toMatchObject({ exitCode: 0, stderr: "" });
});

it("changes the name and the time zone", async () => {
  await team.json(["bots", "create", "Moved"]);
  const changed = await team.json(["bots", "update", "Moved", "--time-zone", "Asia/Tokyo", "--name", "There"]);
  expect(changed).toMatchObject({ name: "There", timeZone: "Asia/Tokyo" });
  expect((await team.run(["bots", "update", "There"])).exitCode).toBe(2);
});

it("ends a wait at Ctrl-C", async () => {
  await team.json(["bots", "create", "Waited for"]);
  const run = sb.start(["bots", "start", "Waited for", "--wait"], watched());
  await run.says(/is stopped/);
  run.interrupt();
  expect((await run.result).exitCode).toBe(130);
});

it("shows what strangers named themselves without letting it steer the terminal", async () => {
  const { id: botId } = await team.json(["bots", "create", "Safe"]);
  const lease = await holdBot(sb.test, botId);
  const pushName = "Eve\u001b[2J\u202etxt";
  await reportBot(workerContext(sb.test), lease, { state: "online", reason: null, pushName });
  const { stdout } = await team.run(["bots", "show", "Safe"]);
  expect(stdout).toContain("Eve\ufffd[2J\ufffdtxt");
  expect(stdout).not.toContain("\u001b");
});

it("refuses a viewer's order in words", async () => {
  await team.json(["bots", "create", "Seen"]);
  const viewer = await team.viewer();
  const result = await viewer(["bots", "stop", "Seen"]);
  expect(result.exitCode).toBe(1);
  expect(result.stderr).toMatch(/^sb: This needs the scope bots:write\.\n.*sb whoami.*\n\(request req_/);
});
