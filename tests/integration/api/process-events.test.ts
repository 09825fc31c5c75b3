import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateDatabase } from "@switchboard/db/migrate";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSwitchboardClient } from "../../../sdk/client/src/index.ts";
import { findFreePort } from "../../support/free-ports.ts";
import { follow, stopFollowing } from "../trpc/follow.ts";
import { startApi, untilListening } from "./support/api-process.ts";

// Starts processes from their sources, which on a busy machine takes a while.

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "switchboard-api-events-"));
  await migrateDatabase(`file:${dataDir}/switchboard.db`);
});
afterEach(async () => {
  stopFollowing();
  await rm(dataDir, { recursive: true, force: true });
});

it("a process that is told to stop ends its open streams and itself; the client goes on with the next, without a gap", async () => {
  const env = { API_PORT: String(await findFreePort()) };
  const first = startApi(dataDir, env);
  await untilListening(first);
  const url = `http://127.0.0.1:${env.API_PORT}`;
  const code = (await readFile(join(dataDir, "setup-code"), "utf8")).trim();
  const person = { name: "Ada", email: "ada@example.org", password: "nine lanterns over the old harbour" };
  const { token } = await createSwitchboardClient({ url, token: null }).setup.complete.mutate({ code, ...person });
  const client = createSwitchboardClient({ url, token });
  const live = follow(client);
  expect((await live.next()).text).toBe("ready");
  await client.bots.create.mutate({ name: "Before" });
  expect((await live.next()).text).toBe("bot.state Before");

  first.kill("SIGTERM");
  const ended = await first;
  expect(ended).toMatchObject({ exitCode: 0 });
  expect(ended.signal).toBeUndefined();

  const second = startApi(dataDir, env);
  await untilListening(second);
  await client.bots.create.mutate({ name: "After" });
  const texts = [(await live.next()).text, (await live.next()).text];
  expect(texts).toEqual(["ready", "bot.state After"]);
  stopFollowing();
  second.kill("SIGTERM");
  expect((await second).exitCode).toBe(0);
});
