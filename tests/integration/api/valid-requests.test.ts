import { afterAll, beforeAll, expect, it } from "vitest";
import { listOperations } from "./support/operations.ts";
import { prepare, send, validRequests } from "./support/valid-requests.ts";
import { createWorld, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.dispose());

const operations = listOperations();

it("every call has a valid request, and every request its call", () => {
  expect(Object.keys(validRequests).sort()).toEqual(operations.map(({ name }) => name).sort());
});

it.each(operations)("$name succeeds, and again with the next request", async ({ name }) => {
  for (const request of [await prepare(world, name), await prepare(world, name)])
    expect(await send(world, name, request)).toMatchObject({ status: expect.toSatisfy(isSuccess) });
});

const isSuccess = (status: number): boolean => status >= 200 && status < 300;
