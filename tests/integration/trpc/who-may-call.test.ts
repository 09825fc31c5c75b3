import { createApiKey } from "@switchboard/core/services/identity/api-keys/create-api-key";
import { createApiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SwitchboardClient } from "../../../sdk/client/src/index.ts";
import { createTrpcTest, failureOf, refusalOf, type SignedIn, type TrpcTest } from "./support.ts";

let api: TrpcTest;
let owner: SignedIn;
let stranger: SignedIn;
let botId: string;
let apiKey: string;

beforeAll(async () => {
  api = await createTrpcTest();
  owner = await api.addTeam();
  stranger = await api.addTeam();
  botId = await addBot(api.test, owner.person);
  const input = createApiKeySchema.parse({ name: "service", scopes: ["bots:read"] });
  apiKey = (await createApiKey(api.test.as(owner.person), input)).secret;
});
afterAll(() => api.dispose());

type Call = (client: SwitchboardClient) => Promise<unknown>;

/** Procedures about one bot: another team must not learn that it exists. */
const ofBot: Readonly<Record<string, Call>> = {
  "bots.get": (client) => client.bots.get.query({ botId }),
  "bots.history": (client) => client.bots.history.query({ botId }),
  "bots.update": (client) => client.bots.update.mutate({ botId, changes: { name: "Mine now" } }),
  "bots.delete": (client) => client.bots.delete.mutate({ botId, confirm: "x" }),
  "bots.start": (client) => client.bots.start.mutate({ botId }),
  "bots.stop": (client) => client.bots.stop.mutate({ botId }),
  "bots.restart": (client) => client.bots.restart.mutate({ botId }),
  "bots.logout": (client) => client.bots.logout.mutate({ botId }),
  "bots.pairing.get": (client) => client.bots.pairing.get.query({ botId }),
  "bots.pairing.request": (client) => client.bots.pairing.request.mutate({ botId, pairing: { method: "qr" } }),
  "bots.pairing.cancel": (client) => client.bots.pairing.cancel.mutate({ botId }),
  "callBlocking.get": (client) => client.callBlocking.get.query({ botId }),
  "callBlocking.replace": (client) => client.callBlocking.replace.mutate({ botId, settings: {} }),
  "callBlocking.patch": (client) => client.callBlocking.patch.mutate({ botId, changes: { enabled: true } }),
  "calls.list": (client) => client.calls.list.query({ botId }),
  "calls.get": (client) => client.calls.get.query({ botId, callId: "call_x" }),
  "calls.statistics": (client) => client.calls.statistics.query({ botId }),
  "calls.limit": (client) => client.calls.limit.query({ botId, caller: "+34600000000" }),
  "calls.reject": (client) => client.calls.reject.mutate({ botId, callId: "call_x" }),
  "blocks.list": (client) => client.blocks.list.query({ botId }),
  "blocks.get": (client) => client.blocks.get.query({ botId, contactId: "blk_x" }),
  "blocks.add": (client) => client.blocks.add.mutate({ botId, phoneNumber: "+34600000000" }),
  "blocks.lift": (client) => client.blocks.lift.mutate({ botId, contactId: "blk_x" }),
  "blocks.restore": (client) => client.blocks.restore.mutate({ botId, contactId: "blk_x" }),
  "allows.list": (client) => client.allows.list.query({ botId }),
  "allows.add": (client) => client.allows.add.mutate({ botId, phoneNumber: "+34600000000" }),
  "allows.remove": (client) => client.allows.remove.mutate({ botId, allowId: "alw_x" }),
  "leases.get": (client) => client.leases.get.query({ botId }),
  "leases.revoke": (client) => client.leases.revoke.mutate({ botId }),
  "leases.freeze": (client) => client.leases.freeze.mutate({ botId }),
  "leases.unfreeze": (client) => client.leases.unfreeze.mutate({ botId }),
  "leases.handover": (client) => client.leases.handover.mutate({ botId, to: "workers" }),
  "leases.forceTake": (client) => client.leases.forceTake.mutate({ botId }),
  "sessions.import": (client) => client.sessions.import.mutate({ botId, files: {} }),
  "sessions.export": (client) => client.sessions.export.mutate({ botId, confirm: "x" }),
  "sessions.tokens.list": (client) => client.sessions.tokens.list.query({ botId }),
  "sessions.tokens.issue": (client) => client.sessions.tokens.issue.mutate({ botId }),
  "sessions.tokens.revoke": (client) => client.sessions.tokens.revoke.mutate({ botId, tokenId: "tok_x" }),
};

/** Procedures about a team or the installation. */
const ofTeam: Readonly<Record<string, Call>> = {
  "auth.me": (client) => client.auth.me.query(),
  "auth.signOut": (client) => client.auth.signOut.mutate(),
  "auth.signOutEverywhere": (client) => client.auth.signOutEverywhere.mutate(),
  "auth.confirmPassword": (client) => client.auth.confirmPassword.mutate({ password: "x" }),
  "auth.changePassword": (client) =>
    client.auth.changePassword.mutate({ currentPassword: "x", newPassword: "nine lanterns over the old harbour" }),
  "auth.signIns.list": (client) => client.auth.signIns.list.query(),
  "auth.signIns.end": (client) => client.auth.signIns.end.mutate({ signInId: "sgn_x" }),
  "bots.list": (client) => client.bots.list.query(),
  "bots.counts": (client) => client.bots.counts.query(),
  "bots.create": (client) => client.bots.create.mutate({ name: "New" }),
  "keys.list": (client) => client.keys.list.query(),
  "keys.create": (client) => client.keys.create.mutate({ name: "New", scopes: ["bots:read"] }),
  "keys.get": (client) => client.keys.get.query({ keyId: "key_x" }),
  "keys.update": (client) => client.keys.update.mutate({ keyId: "key_x", changes: { name: "Other" } }),
  "keys.rotate": (client) => client.keys.rotate.mutate({ keyId: "key_x" }),
  "keys.revoke": (client) => client.keys.revoke.mutate({ keyId: "key_x" }),
  "keys.recipient.get": (client) => client.keys.recipient.get.query({ keyId: "key_x" }),
  "keys.recipient.challenge": (client) => client.keys.recipient.challenge.mutate({ keyId: "key_x", publicJwk: {} }),
  "keys.recipient.set": (client) => client.keys.recipient.set.mutate({ keyId: "key_x", publicJwk: {}, proof: "x" }),
  "keys.recipient.remove": (client) => client.keys.recipient.remove.mutate({ keyId: "key_x" }),
  "audit.list": (client) => client.audit.list.query(),
  "audit.get": (client) => client.audit.get.query({ auditId: "aud_x" }),
  "tokens.list": (client) => client.tokens.list.query(),
  "tokens.create": (client) => client.tokens.create.mutate({ name: "New" }),
  "tokens.revoke": (client) => client.tokens.revoke.mutate({ tokenId: "pat_x" }),
  "system.health": (client) => client.system.health.query(),
  "system.cleanup.status": (client) => client.system.cleanup.status.query(),
  "system.config": (client) => client.system.config.query(),
};

const ofPeople: Readonly<Record<string, Call>> = {
  "users.list": (client) => client.users.list.query(),
  "users.get": (client) => client.users.get.query({ userId: "usr_x" }),
  "users.create": (client) =>
    client.users.create.mutate({
      name: "A",
      email: "a@example.test",
      role: "viewer",
      password: "a long enough password",
    }),
  "users.update": (client) => client.users.update.mutate({ userId: "usr_x", changes: { role: "viewer" } }),
  "users.remove": (client) => client.users.remove.mutate({ userId: "usr_x" }),
  "users.requestPasswordReset": (client) => client.users.requestPasswordReset.mutate({ userId: "usr_x" }),
  "invitations.list": (client) => client.invitations.list.query(),
  "invitations.create": (client) => client.invitations.create.mutate({ email: "a@example.test", role: "viewer" }),
  "invitations.revoke": (client) => client.invitations.revoke.mutate({ invitationId: "otc_x" }),
  "teams.list": (client) => client.teams.list.query(),
  "teams.create": (client) => client.teams.create.mutate({ name: "New" }),
  "teams.current": (client) => client.teams.current.query(),
  "teams.rename": (client) => client.teams.rename.mutate({ name: "New" }),
  "teams.switch": (client) => client.teams.switch.mutate({ teamId: "team_x" }),
};

const ofAnybody: Readonly<Record<string, Call>> = {
  "setup.status": (client) => client.setup.status.query(),
  "setup.complete": (client) =>
    client.setup.complete.mutate({ code: "x", name: "A", email: "a@example.test", password: "a long enough password" }),
  "auth.resetPassword": (client) =>
    client.auth.resetPassword.mutate({ code: "x", newPassword: "a long enough password" }),
  "invitations.accept": (client) => client.invitations.accept.mutate({ code: "x" }),
  "auth.signIn": (client) => client.auth.signIn.mutate({ email: "a@example.test", password: "x" }),
};

describe.each(Object.entries({ ...ofBot, ...ofTeam, ...ofPeople }))("%s", (_name, call) => {
  it("refuses who is not signed in", async () => {
    expect(await refusalOf(call(api.clientOf(null)))).toBe("unauthenticated");
  });
  it("refuses an API key", async () => {
    expect(await refusalOf(call(api.clientOf(apiKey)))).toBe("unauthenticated");
  });
});

describe.each(Object.entries(ofAnybody))("%s", (_name, call) => {
  it("refuses an API key", async () => {
    expect(await refusalOf(call(api.clientOf(apiKey)))).toBe("unauthenticated");
  });
});

describe.each(Object.entries(ofBot))("%s", (_name, call) => {
  it("answers another team as if the bot did not exist", async () => {
    const missing = await failureOf(stranger.client.bots.get.query({ botId: "bot_00000000000000000000000000" }));
    expect(await failureOf(call(stranger.client))).toEqual(missing);
  });
});

it("names every procedure of the router", async () => {
  const { appRouter } = await import("../../../api/src/trpc/root.ts");
  const covered = [
    ...Object.keys(ofBot),
    ...Object.keys(ofTeam),
    ...Object.keys(ofPeople),
    ...Object.keys(ofAnybody),
    "events.follow",
  ];
  expect(Object.keys(appRouter._def.procedures).sort()).toEqual(covered.sort());
});
