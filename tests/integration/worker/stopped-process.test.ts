import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoppedWorld } from "./support/stopped-world.ts";

/** Messages that wait in the socket of the stopped process. */
const MESSAGES = 5;

describe("a worker process that was stopped beyond its lease and goes on", () => {
  let world: StoppedWorld;
  beforeEach(async () => {
    world = await StoppedWorld.open();
  });
  afterEach(() => world.close());

  const sendSome = async (): Promise<string[]> => {
    const ids: string[] = [];
    for (let count = 0; count < MESSAGES; count++)
      ids.push(await world.contact.sendText(world.account.phone, `message ${count}`));
    return ids;
  };

  it("closes its socket before it answers anything that waits there, writes nothing, and only then takes the bot anew", async () => {
    const worker = await world.startWorker("worker-1");
    await world.untilOnline();
    await world.untilReceived(await sendSome());
    await world.untilQuiet();
    worker.signal("SIGSTOP");
    const ids = await sendSome();
    const call = world.contact.placeCall(world.account.phone);
    const { epoch, authRevision } = await world.untilCustody((row, nowMs) => row.expiresAtMs < nowMs);
    const { position } = world.simulator.transcript;
    worker.signal("SIGCONT");
    await worker.waitForLine((line) => line.includes("lease lost"));
    await world.untilOnline(position);
    const since = world.simulator.transcript.events.filter(({ sequence }) => sequence > position);
    const login = since.findIndex(({ kind }) => kind === "login");
    const said = since.slice(0, login).filter(({ kind, device }) => kind === "received" && device !== null);
    expect(said).toEqual([]);
    await world.untilReceived(ids);
    call.hangUp();
    const row = await world.untilCustody(({ authRevision: revision }) => revision > authRevision);
    expect(row).toMatchObject({ epoch: epoch + 1, holderId: "worker-1", wasClean: false });
    expect(await world.epochsSince(authRevision)).toEqual([epoch + 1]);
    world.simulator.assertClean();
  });

  it("leaves the bot to the worker that took it meanwhile", async () => {
    const stopped = await world.startWorker("worker-1");
    await world.untilOnline();
    await world.untilReceived(await sendSome());
    await world.untilQuiet();
    stopped.signal("SIGSTOP");
    const ids = await sendSome();
    const { authRevision, epoch } = await world.untilCustody(() => true);
    const { position } = world.simulator.transcript;
    await world.startWorker("worker-2");
    await world.untilOnline(position);
    stopped.signal("SIGCONT");
    await stopped.waitForLine((line) => line.includes("lease lost"));
    await world.untilReceived([...ids, ...(await sendSome())]);
    const row = await world.untilCustody(({ authRevision: revision }) => revision > authRevision);
    expect(row).toMatchObject({ epoch: epoch + 1, holderId: "worker-2", wasClean: false });
    expect(await world.epochsSince(authRevision)).toEqual([epoch + 1]);
    expect(await world.states()).not.toContain("replaced");
    world.simulator.assertClean();
  });
});
