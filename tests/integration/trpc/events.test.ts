import { registerWorker } from "@switchboard/core/services/fleet/register-worker";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startServer } from "../../../api/src/node/server.ts";
import { createSwitchboardClient } from "../../../sdk/client/src/index.ts";
import { follow, stopFollowing } from "./follow.ts";
import { createTrpcTest, type SignedIn, type TrpcTest } from "./support.ts";

const stopping = new AbortController();
let api: TrpcTest;
let owner: SignedIn;

beforeAll(async () => {
  api = await createTrpcTest({ stopping: stopping.signal });
});
afterEach(stopFollowing);
afterAll(() => api.dispose());

it("tells what happens in the team from now on, and nothing of another team", async () => {
  owner = await api.addTeam();
  const stranger = await api.addTeam();
  await owner.client.bots.create.mutate({ name: "Before" });
  const live = follow(owner.client);
  expect((await live.next()).text).toBe("ready");
  await stranger.client.bots.create.mutate({ name: "Foreign" });
  await owner.client.bots.create.mutate({ name: "First" });
  await owner.client.bots.create.mutate({ name: "Second" });
  expect((await live.next()).text).toBe("bot.state First");
  expect((await live.next()).text).toBe("bot.state Second");
});

it("goes on after the last message a client got, without a gap or a repetition", async () => {
  owner = await api.addTeam();
  const first = follow(owner.client);
  await first.next();
  await owner.client.bots.create.mutate({ name: "Seen" });
  const seen = await first.next();
  stopFollowing();
  await owner.client.bots.create.mutate({ name: "Missed 1" });
  await owner.client.bots.create.mutate({ name: "Missed 2" });
  const second = follow(owner.client, seen.id);
  expect((await second.next()).text).toBe("ready");
  expect((await second.next()).text).toBe("bot.state Missed 1");
  expect((await second.next()).text).toBe("bot.state Missed 2");
});

it("comes back by itself after a lost connection and catches up", async () => {
  owner = await api.addTeam();
  const cuts: AbortController[] = [];
  const client = createSwitchboardClient({
    url: "http://api.test",
    token: owner.token,
    fetch: async (input, init) => {
      const cut = new AbortController();
      cuts.push(cut);
      const response = await api.handle(new Request(input, init));
      return new Response(response.body?.pipeThrough(new TransformStream(), { signal: cut.signal }), response);
    },
  });
  const live = follow(client);
  expect((await live.next()).text).toBe("ready");
  cuts[0]?.abort();
  await owner.client.bots.create.mutate({ name: "While away" });
  expect((await live.next()).text).toBe("ready");
  expect((await live.next()).text).toBe("bot.state While away");
  expect(cuts).toHaveLength(2);
});

it("goes on when the server was away for a while", async () => {
  owner = await api.addTeam();
  const away = new AbortController();
  const cut = (request: Request) => new Request(request, { signal: AbortSignal.any([request.signal, away.signal]) });
  const first = await startServer((request) => api.handle(cut(request)), 0, "127.0.0.1");
  const live = follow(createSwitchboardClient({ url: `http://127.0.0.1:${first.port}`, token: owner.token }));
  expect((await live.next()).text).toBe("ready");
  await owner.client.bots.create.mutate({ name: "Over the socket" });
  expect((await live.next()).text).toBe("bot.state Over the socket");
  away.abort();
  await first.stop();
  await owner.client.bots.create.mutate({ name: "While away" });
  const second = await startServer(api.handle, first.port, "127.0.0.1");
  expect((await live.next()).text).toBe("ready");
  expect((await live.next()).text).toBe("bot.state While away");
  stopFollowing();
  await second.stop();
});

it("tells of workers to admins and not to viewers", async () => {
  owner = await api.addTeam();
  const viewer = await api.addPerson(owner.person.teamId, "viewer");
  const [ofOwner, ofViewer] = [follow(owner.client), follow(viewer.client)];
  await Promise.all([ofOwner.next(), ofViewer.next()]);
  const worker = { workerId: "w", instanceId: "w-1", version: "1" };
  await registerWorker(api.test.as({ kind: "system", name: "test" }), worker);
  await owner.client.bots.create.mutate({ name: "After" });
  expect((await ofOwner.next()).text).toBe("worker.up undefined");
  expect((await ofViewer.next()).text).toBe("bot.state After");
});

it.each([
  ["refuses who is not signed in", () => follow(api.clientOf(null)), "error unauthenticated"],
  ["refuses a place it never gave", () => follow(owner.client, "abc"), "error validation-failed"],
])("%s", async (_name, start, text) => {
  owner = await api.addTeam();
  expect((await start().next()).text).toBe(text);
});

it("begins at the end for a place beyond it", async () => {
  owner = await api.addTeam();
  const live = follow(owner.client, "999999999");
  const ready = await live.next();
  expect(Number(ready.id)).toBeLessThan(999_999_999);
  await owner.client.bots.create.mutate({ name: "Found" });
  expect((await live.next()).text).toBe("bot.state Found");
});

it("ends open streams when the api stops, so that the client comes back to the next one", async () => {
  owner = await api.addTeam();
  const request = new Request("http://api.test/trpc/events.follow", {
    headers: { authorization: `Bearer ${owner.token}` },
  });
  const response = await api.handle(request);
  stopping.abort();
  const text = await response.text();
  expect(text).toContain("event: connected");
  // "return" would tell the client that there will never be more.
  expect(text).not.toContain("event: return");
});
