import { expect, test } from "vitest";
import { builtProcesses, watchedProcesses } from "./processes.ts";
import { readLaunchSettings } from "./settings.ts";

const settings = readLaunchSettings({});

test.each([
  ["built", builtProcesses],
  ["watched", watchedProcesses],
])("api and web share the secret of the front door, and the worker never has it: %s", (_name, describeAll) => {
  for (const given of [undefined, "CANARY"]) {
    const { api, web, worker } = describeAll(settings, { FRONT_DOOR_SECRET: given, MASTER_KEY: "key" });
    const secret = given ?? expect.stringMatching(/^[\w-]{43}$/);
    expect(api.environment).toMatchObject({ FRONT_DOOR_SECRET: secret, MASTER_KEY: "key" });
    expect(web.environment.FRONT_DOOR_SECRET).toBe(api.environment.FRONT_DOOR_SECRET);
    expect(worker.environment).not.toHaveProperty("FRONT_DOOR_SECRET");
    expect(worker.environment).toHaveProperty("MASTER_KEY");
    expect(web.environment).not.toHaveProperty("MASTER_KEY");
  }
});
