import { DatabaseBusyError } from "@switchboard/db/errors";
import type { Database } from "@switchboard/db/types";
import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "./support/until.ts";
import { WorkerWorld } from "./support/worker-world.ts";

const TEXT = "Please write instead.";

let world: WorkerWorld;
let refusalsLeft = 0;

/** The database as it is beside a process that writes a lot: every second write does not get its turn, while asked to. */
function oftenBusy(real: Database): Database {
  let isTurn = false;
  return {
    ...real,
    get reader() {
      return real.reader;
    },
    write: (work) => {
      isTurn = !isTurn;
      if (refusalsLeft === 0 || isTurn) return real.write(work);
      refusalsLeft -= 1;
      return Promise.reject(new DatabaseBusyError());
    },
  };
}

beforeAll(async () => {
  world = await WorkerWorld.open();
  await world.startWorker({ db: oftenBusy });
});
afterAll(() => world.close());

it("a flood of calls is screened, rejected, answered and recorded in full although writes fail for want of a turn", async () => {
  const bot = await world.addBot(5);
  await bot.link();
  await bot.rejectAll(TEXT);
  refusalsLeft = 15;
  const calls = bot.contacts.map((contact) => contact.placeCall(bot.phone));
  await Promise.all(bot.contacts.map((contact) => contact.waitForText()));
  for (const call of calls) {
    const row = await bot.untilCall(call, ({ rejectStatus, replyStatus }) =>
      [rejectStatus, replyStatus].every((status) => status !== "pending"),
    );
    expect(row).toMatchObject({ rejectStatus: "confirmed", ended: "rejected-by-us" });
    expect(["sent", "delivered", "read"]).toContain(row.replyStatus);
  }
  await until(() => refusalsLeft === 0);
});
