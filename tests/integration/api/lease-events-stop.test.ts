import { expect, it } from "vitest";
import { createWorld } from "./support/world.ts";

it("the events of a lease end when the api stops", async () => {
  const stopping = new AbortController();
  const world = await createWorld({ deps: (deps) => ({ ...deps, stopping: stopping.signal }) });
  const { botId, token } = await world.addHeldSession();
  const streamed = world.app.request(`/api/bots/${botId}/session/lease/events`, { bearer: token });
  await world.app.request("/health");
  stopping.abort();
  expect((await streamed).status).toBe(200);
  await world.dispose();
});
