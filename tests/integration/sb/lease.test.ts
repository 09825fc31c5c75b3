import { releaseLease } from "@switchboard/core/services/custody/release-lease";
import type { GrantedLease } from "@switchboard/core/services/custody/schemas";
import {
  addKeyActor,
  askForLease,
  custodyRowsOf,
  holderOf,
  type KeyActor,
  letPass,
  takeLease,
} from "@switchboard/core/testing/leases";
import { linkBot } from "@switchboard/core/testing/linked-bot";
import { namedBotId } from "@switchboard/core/testing/named-ids";
import type { BotId } from "@switchboard/db/schema";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createSbTest, type SbTest, signInOwner } from "./support.ts";

let sb: SbTest;
let team: Awaited<ReturnType<typeof signInOwner>>;
let botId: BotId;
let key: KeyActor;
let lease: GrantedLease;

beforeAll(async () => {
  sb = await createSbTest();
});
beforeEach(async () => {
  team = await signInOwner(sb);
  botId = namedBotId((await team.json(["bots", "create", "Reception"])).id);
  await linkBot(sb.test, botId);
  key = await addKeyActor(sb.test, team.owner.user);
  lease = await takeLease(sb.test, key, botId, { ttlSeconds: 60 });
});
afterAll(() => sb.dispose());

const release = () =>
  releaseLease(sb.test.as(holderOf(key, botId, lease)), { botId, finalRevision: lease.revision, clean: true });

it("shows who holds a bot and since when, also among the bots", async () => {
  const shown = await team.json(["lease", "show", "reception"]);
  expect(shown).toMatchObject({ state: "held", leaseId: lease.leaseId, holder: { id: key.keyId }, epoch: lease.epoch });
  const { since } = shown.holder;
  for (const command of [
    ["lease", "show", "Reception"],
    ["bots", "show", "Reception"],
    ["bots", "list"],
  ]) {
    const { stdout } = await team.run(command);
    expect(stdout).toContain(`key ${key.keyId}`);
    expect(stdout).toContain(since);
    expect(stdout).not.toContain(lease.token);
  }
});

it("revokes, freezes and unfreezes, and says what that means", async () => {
  expect((await team.run(["lease", "revoke", "Reception"])).stdout).toContain("nobody holds it");
  expect((await custodyRowsOf(sb.test, botId)).custody).toMatchObject({ state: "free", epoch: lease.epoch + 1 });
  await team.run(["lease", "freeze", "Reception"]);
  expect(await team.json(["lease", "show", "Reception"])).toMatchObject({ state: "frozen", holder: null });
  expect(await team.json(["lease", "unfreeze", "Reception"])).toEqual({ botId });
  expect(await team.json(["lease", "show", "Reception"])).toMatchObject({ state: "free" });
});

it("hands a bot over to a key by its name, and to the workers", async () => {
  const next = await team.json(["keys", "create", "next", "--scopes", "session:lease"]);
  const { stdout } = await team.run(["lease", "hand-over", "Reception", "next"]);
  expect(stdout).toMatch(/asked to give it back by .*; then it is kept for key_/);
  const shown = await team.json(["lease", "show", "Reception"]);
  expect(shown).toMatchObject({ drain: { to: next.id } });
  expect((await team.run(["bots", "show", "Reception"])).stdout).toContain("asked to give it back by");
  expect((await team.run(["lease", "hand-over", "Reception", "workers"])).exitCode).toBe(1);
  await release();
  expect(await team.json(["lease", "hand-over", "Reception", "workers"])).toMatchObject({ to: "workers" });
});

it("takes a bot by force, for the workers unless told otherwise", async () => {
  expect(await team.json(["lease", "force-take", "Reception"])).toMatchObject({ to: "workers", deadline: null });
  expect(await team.json(["lease", "force-take", "Reception", "--to", key.keyId])).toMatchObject({ to: key.keyId });
  await letPass(sb.test, botId, 5_001);
  expect(await askForLease(sb.test, key, botId)).toMatchObject({ kind: "granted" });
});

it("lets nobody below admin do so", async () => {
  const viewer = await team.viewer();
  for (const args of [["revoke"], ["freeze"], ["unfreeze"], ["force-take"]])
    expect((await viewer(["lease", ...args, "Reception"])).exitCode).toBe(1);
  expect((await custodyRowsOf(sb.test, botId)).custody.epoch).toBe(lease.epoch);
});
