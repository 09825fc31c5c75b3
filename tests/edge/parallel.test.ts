import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addOwner, type Owner } from "../integration/api/support/credentials.ts";
import { createTestApp, type TestApp } from "../integration/api/support/test-app.ts";

const REQUESTS = 20;

let app: TestApp;
let owner: Owner;
let path: string;
beforeAll(async () => {
  app = await createTestApp();
  owner = await addOwner(app.test);
  path = `/api/bots/${await addBot(app.test, owner.user)}/call-blocking`;
});
afterAll(() => app.dispose());

const several = <T>(work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: REQUESTS }, (_, index) => work(index)));

it("requests at the same time each get their own answer, the first ones of an isolate included", async () => {
  const fresh = await createTestApp();
  const answers = await several(() => fresh.request("/.well-known/jwks.json"));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  await fresh.dispose();
});

it("of changes made from the same version one wins, and the others are told", async () => {
  const { version } = (await app.request(path, { bearer: owner.token })).body;
  const answers = await several((index) =>
    app.request(path, { method: "PATCH", bearer: owner.token, json: { dailyLimit: index + 1, version } }),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([200, ...Array.from({ length: REQUESTS - 1 }, () => 409)]);
  const winner = answers.find(({ status }) => status === 200);
  expect((await app.request(path, { bearer: owner.token })).body.dailyLimit).toBe(winner?.body.dailyLimit);
});

it("every write that was answered is there, and every other was refused", async () => {
  const answers = await several((index) =>
    app.request("/api/bots", { bearer: owner.token, json: { name: `Bot at once ${index}` } }),
  );
  const made = answers.filter(({ status }) => status === 201).map(({ body }) => body.id);
  for (const { status } of answers) expect([201, 503]).toContain(status);
  const list = await app.request("/api/bots?limit=200", { bearer: owner.token });
  expect(list.body.items.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(made));
});
