import { addBot, addTeam } from "@switchboard/core/testing/factories";
import { createTestContext, type TestContext } from "@switchboard/core/testing/test-context";
import fc from "fast-check";
import { afterAll, beforeAll, describe, it } from "vitest";
import { custodyCommands } from "./custody-commands.ts";
import { CustodyModel } from "./custody-model.ts";
import { readChaosSize } from "./size.ts";

const { seed, factor, timeoutMs } = readChaosSize();
const RUNS = 100 * factor;
const COMMANDS_MAX = 50;

describe("the custody of a bot", () => {
  let test: TestContext;
  beforeAll(async () => {
    test = await createTestContext();
  });
  afterAll(() => test.dispose());

  it(
    `is what its rules say, whatever anybody who ever held it does in any order (seed ${seed})`,
    async () => {
      const owner = await addTeam(test);
      const property = fc.asyncProperty(custodyCommands(COMMANDS_MAX), async (commands) => {
        const botId = await addBot(test, owner);
        await fc.asyncModelRun(() => ({ model: new CustodyModel(), real: { test, botId } }), commands);
      });
      await fc.assert(property, { seed, numRuns: RUNS });
    },
    timeoutMs,
  );
});
