import { uniquePhoneNumber } from "@switchboard/core/testing/calls";
import { uniqueNumber } from "@switchboard/core/testing/factories";
import { createRecipient } from "@switchboard/core/testing/recipients";
import { sessionFilesOf } from "@switchboard/core/testing/session-files";
import type { Operation } from "./operations.ts";
import type { TestAnswer, TestApp } from "./test-app.ts";
import { WORLD_CRON_SECRET, type World } from "./world.ts";

/** A request that succeeds in its world. */
export interface ValidRequest {
  /** Values of the path's parameters. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The credential it must come with where that is not the owner's token; null: none. */
  readonly bearer?: string | null;
  /** The installation it is for where that is not the world's own. */
  readonly app?: TestApp;
}

/** Makes what the request is about, and the request; each call makes a request that was not made before. */
export type PrepareRequest = (world: World) => ValidRequest | Promise<ValidRequest>;

const SETUP = { name: "Ada", email: "ada@example.org", password: "nine lanterns over the old harbour" };

const ofLinkedBot: PrepareRequest = ({ linkedBot: { botId } }) => ({ params: { botId } });
const ofNewBot: PrepareRequest = async (world) => ({ params: { botId: await world.addBot() } });
const ofNewLinkedBot = async (world: World) => ({ params: { botId: await world.addLinkedBot() } });
const withNumber = (world: World) => ({ ...ofLinked(world), json: { phoneNumber: `+${uniquePhoneNumber()}` } });
const ofLinked = ({ linkedBot: { botId } }: World) => ({ params: { botId } });

async function ofRelease(world: World) {
  const { botId, token: bearer } = await world.addHeldSession();
  const { body } = await world.app.request(`/api/bots/${botId}/session/lease`, { bearer });
  return { params: { botId }, bearer, json: { finalRevision: body.revision, clean: true } };
}

async function ofBlock(world: World, state: "running" | "lifted") {
  return { params: { botId: world.linkedBot.botId, contactId: await world.addBlock(state) } };
}

async function addKeyId(world: World): Promise<string> {
  const { body } = await send(world, "post /api/keys", await prepare(world, "post /api/keys"));
  return body.id;
}

const newUser = () => ({
  name: "Lin",
  email: `lin${uniqueNumber()}@example.test`,
  role: "operator",
  password: "paper boats cross the quiet market",
});

async function addUserId(world: World): Promise<string> {
  return (await send(world, "post /api/users", { json: newUser() })).body.id;
}

async function addInvitation(world: World): Promise<{ readonly id: string; readonly code: string }> {
  const { body } = await send(world, "post /api/invitations", await prepare(world, "post /api/invitations"));
  return { id: body.id, code: body.code };
}

/** Somebody else of the team, signed in with a password: what they end is not the owner's. */
async function addSignedIn(world: World): Promise<{ readonly token: string; readonly password: string }> {
  const json = await world.addSignIn();
  const { body } = await send(world, "post /api/sign-in", { bearer: null, json });
  return { token: body.token, password: json.password };
}

/**
 * For each call of the REST API a request that succeeds, made by the owner of a team. Suites that go through every call
 * take them from here, so that a call that is added is added to all of them at once; a call that is missing fails them.
 */
export const validRequests: Readonly<Record<string, PrepareRequest>> = {
  "get /api/setup": () => ({ bearer: null }),
  "post /api/setup": async (world) => {
    const app = await world.addInstallation();
    return { app, bearer: null, json: { ...SETUP, code: await app.setupCode.ensure() } };
  },
  "post /api/sign-in": async (world) => ({ bearer: null, json: await world.addSignIn() }),
  "post /api/sign-out": async (world) => ({ bearer: await world.addToken() }),
  "get /api/me": () => ({}),

  "get /api/sign-ins": () => ({}),
  "delete /api/sign-ins/{signInId}": async (world) => ({ params: { signInId: await world.addBrowserSignIn() } }),
  "post /api/sign-out-everywhere": async (world) => ({
    bearer: (await addSignedIn(world)).token,
    json: { keepThis: false },
  }),
  "post /api/confirm-password": async (world) => {
    const { token, password } = await addSignedIn(world);
    return { bearer: token, json: { password } };
  },
  "post /api/password": async (world) => {
    const { token, password: currentPassword } = await addSignedIn(world);
    const newPassword = `paper boats cross ${uniqueNumber()} markets`;
    return { bearer: token, json: { currentPassword, newPassword } };
  },

  "get /api/users": () => ({}),
  "post /api/users": () => ({ json: newUser() }),
  "get /api/users/{userId}": async (world) => ({ params: { userId: await addUserId(world) } }),
  "patch /api/users/{userId}": async (world) => ({
    params: { userId: await addUserId(world) },
    json: { role: "viewer" },
  }),
  "delete /api/users/{userId}": async (world) => ({ params: { userId: await addUserId(world) } }),
  "post /api/users/{userId}/password-reset": async (world) => ({ params: { userId: await addUserId(world) } }),
  "post /api/password-reset": async (world) => {
    const params = { userId: await addUserId(world) };
    const { body } = await send(world, "post /api/users/{userId}/password-reset", { params });
    return { bearer: null, json: { code: body.code, newPassword: `paper boats cross ${uniqueNumber()} markets` } };
  },
  "get /api/invitations": () => ({}),
  "post /api/invitations": () => ({ json: { email: `guest${uniqueNumber()}@example.test`, role: "viewer" } }),
  "delete /api/invitations/{invitationId}": async (world) => {
    const { id: invitationId } = await addInvitation(world);
    return { params: { invitationId } };
  },
  "post /api/invitations/accept": async (world) => {
    const { code } = await addInvitation(world);
    return { bearer: null, json: { code, name: "Noor", password: `paper boats cross ${uniqueNumber()} markets` } };
  },
  "get /api/team": () => ({}),
  "patch /api/team": () => ({ json: { name: `Team ${uniqueNumber()}` } }),
  "get /api/teams": () => ({}),
  "post /api/teams": () => ({ json: { name: `Team ${uniqueNumber()}` } }),

  "post /api/keys": () => ({ json: { name: `key ${uniqueNumber()}`, scopes: ["bots:read"] } }),
  "get /api/keys": () => ({}),
  "get /api/keys/{keyId}": async (world) => ({ params: { keyId: await addKeyId(world) } }),
  "patch /api/keys/{keyId}": async (world) => ({
    params: { keyId: await addKeyId(world) },
    json: { name: `key ${uniqueNumber()}` },
  }),
  "post /api/keys/{keyId}/rotate": async (world) => ({
    params: { keyId: await addKeyId(world) },
    json: { overlapSeconds: 60 },
  }),
  "delete /api/keys/{keyId}": async (world) => ({ params: { keyId: await addKeyId(world) } }),
  "get /api/keys/{keyId}/recipient": async (world) => ({ params: { keyId: await addKeyId(world) } }),
  "post /api/keys/{keyId}/recipient/challenge": async (world) => ({
    params: { keyId: await addKeyId(world) },
    json: { publicJwk: (await createRecipient()).publicJwk },
  }),
  "post /api/keys/{keyId}/recipient": async (world) => {
    const params = { keyId: await addKeyId(world) };
    const { publicJwk, prove } = await createRecipient();
    const asked = await send(world, "post /api/keys/{keyId}/recipient/challenge", { params, json: { publicJwk } });
    return { params, json: { publicJwk, proof: await prove(params.keyId, asked.body.challenge) } };
  },
  "delete /api/keys/{keyId}/recipient": async (world) => {
    const request = await prepare(world, "post /api/keys/{keyId}/recipient");
    await send(world, "post /api/keys/{keyId}/recipient", request);
    return { params: request.params ?? {} };
  },

  "get /api/tokens": () => ({}),
  "post /api/tokens": () => ({ json: { name: `token ${uniqueNumber()}` } }),
  "delete /api/tokens/{tokenId}": async (world) => {
    const { body } = await send(world, "post /api/tokens", await prepare(world, "post /api/tokens"));
    return { params: { tokenId: body.id } };
  },

  "get /api/bots": () => ({}),
  "post /api/bots": () => ({ json: { name: `bot ${uniqueNumber()}`, timeZone: "Europe/Madrid" } }),
  "get /api/bots/{botId}": ofLinkedBot,
  "patch /api/bots/{botId}": async (world) => ({ ...(await ofNewBot(world)), json: { name: `bot ${uniqueNumber()}` } }),
  "delete /api/bots/{botId}": async (world) => {
    const params = { botId: await world.addBot() };
    const { body } = await world.app.request(`/api/bots/${params.botId}`, { bearer: world.owner.token });
    return { params, json: { confirm: body.name } };
  },
  "post /api/bots/{botId}/start": ofNewBot,
  "post /api/bots/{botId}/stop": ofNewBot,
  "post /api/bots/{botId}/restart": ofNewBot,
  "post /api/bots/{botId}/logout": async (world) => ({ params: { botId: await world.addLinkedBot() } }),
  "post /api/bots/{botId}/pairing": async (world) => ({ ...(await ofNewBot(world)), json: { method: "qr" } }),
  "get /api/bots/{botId}/pairing": ofLinkedBot,
  "delete /api/bots/{botId}/pairing": async (world) => {
    const name = "post /api/bots/{botId}/pairing";
    const request = await prepare(world, name);
    await send(world, name, request);
    return { params: request.params ?? {} };
  },

  "get /api/bots/{botId}/session": ofLinkedBot,
  "post /api/bots/{botId}/session": (world) => ({ ...ofLinked(world), json: { expiresIn: "24h" } }),
  "get /api/bots/{botId}/session/tokens": ofLinkedBot,
  "delete /api/bots/{botId}/session/tokens/{tokenId}": async (world) => {
    const { id: tokenId } = await world.addSessionToken();
    return { params: { botId: world.linkedBot.botId, tokenId } };
  },
  "post /api/bots/{botId}/session/read": async (world) => {
    const { botId, token: bearer } = await world.addHeldSession();
    return { params: { botId }, bearer, json: { creds: true, keys: { "pre-key": ["7"] } } };
  },
  "post /api/bots/{botId}/session/batch": async (world) => {
    const { botId, token: bearer, lease } = await world.addHeldSession();
    const headers = { "if-match": `"${lease.epoch}.*"`, "idempotency-key": `${lease.epoch}-1` };
    return { params: { botId }, bearer, headers, json: { seq: 1, set: { "pre-key": { "7": null } } } };
  },
  "post /api/bots/{botId}/session/lease": async (world) => ({
    params: { botId: await world.addLinkedBot() },
    bearer: await world.addLeaseKey(),
    headers: { "idempotency-key": `lease-${uniqueNumber()}` },
    json: { ttlSeconds: 60 },
  }),
  "get /api/bots/{botId}/session/lease": ofLinkedBot,
  "patch /api/bots/{botId}/session/lease": async (world) => {
    const { botId, token: bearer } = await world.addHeldSession();
    return { params: { botId }, bearer, json: { ttlSeconds: 60 } };
  },
  "delete /api/bots/{botId}/session/lease": ofRelease,
  "get /api/bots/{botId}/session/lease/events": async (world) => {
    // The stream of a lease that is over ends by itself.
    const release = await ofRelease(world);
    await send(world, "delete /api/bots/{botId}/session/lease", release);
    return { params: release.params, bearer: release.bearer, headers: { "last-event-id": "0" } };
  },
  "post /api/bots/{botId}/session/lease/handover": async (world) => ({
    params: { botId: (await world.addHeldSession()).botId },
    json: { to: "workers" },
  }),
  "post /api/bots/{botId}/session/lease/revoke": ofNewLinkedBot,
  "post /api/bots/{botId}/session/lease/freeze": ofNewLinkedBot,
  "post /api/bots/{botId}/session/lease/unfreeze": async (world) => {
    const request = await ofNewLinkedBot(world);
    await send(world, "post /api/bots/{botId}/session/lease/freeze", request);
    return request;
  },
  "post /api/bots/{botId}/session/lease/force-take": async (world) => ({
    ...(await ofNewLinkedBot(world)),
    json: { to: "workers" },
  }),
  "post /api/bots/{botId}/session/import": async (world) => ({
    ...(await ofNewBot(world)),
    json: { files: sessionFilesOf(uniquePhoneNumber()) },
  }),
  "post /api/bots/{botId}/session/export": async (world) => {
    const { body } = await world.app.request(`/api/bots/${world.linkedBot.botId}`, { bearer: world.owner.token });
    return { ...ofLinked(world), json: { confirm: body.name } };
  },
  "post /api/session-tokens/verify": async (world) => ({ json: { token: (await world.addSessionToken()).token } }),

  "get /api/bots/{botId}/call-blocking": ofLinkedBot,
  "put /api/bots/{botId}/call-blocking": async (world) => ({ ...(await ofNewBot(world)), json: { dailyLimit: 5 } }),
  "patch /api/bots/{botId}/call-blocking": async (world) => ({ ...(await ofNewBot(world)), json: { enabled: true } }),
  "get /api/bots/{botId}/blocked-contacts": ofLinkedBot,
  "post /api/bots/{botId}/blocked-contacts": withNumber,
  "get /api/bots/{botId}/blocked-contacts/{contactId}": (world) => ofBlock(world, "running"),
  "delete /api/bots/{botId}/blocked-contacts/{contactId}": (world) => ofBlock(world, "running"),
  "post /api/bots/{botId}/blocked-contacts/{contactId}/restore": (world) => ofBlock(world, "lifted"),
  "get /api/bots/{botId}/allowed-contacts": ofLinkedBot,
  "post /api/bots/{botId}/allowed-contacts": withNumber,
  "delete /api/bots/{botId}/allowed-contacts/{contactId}": async (world) => ({
    params: { botId: world.linkedBot.botId, contactId: await world.addAllow() },
  }),

  "get /api/bots/{botId}/calls": ofLinkedBot,
  "get /api/bots/{botId}/calls/statistics": ofLinkedBot,
  "get /api/bots/{botId}/calls/{callId}": async (world) => ({
    params: { botId: world.linkedBot.botId, callId: await world.addCall() },
  }),
  "post /api/bots/{botId}/calls/{callId}/reject": async (world) => ({
    params: { botId: world.linkedBot.botId, callId: await world.addCall() },
  }),
  "get /api/bots/{botId}/limits/{caller}": ({ linkedBot: { botId } }) => ({
    params: { botId, caller: uniquePhoneNumber() },
  }),

  "get /api/audit": () => ({ query: { action: "bot.", limit: "3" } }),
  "get /api/audit/{auditId}": async (world) => {
    const { body } = await world.app.request("/api/audit?limit=1", { bearer: world.owner.token });
    return { params: { auditId: body.items[0].id } };
  },

  "get /api/system/health": () => ({ bearer: null }),
  "get /.well-known/jwks.json": () => ({ bearer: null }),
  "get /api/system/cron/cleanup-blocks": () => ({ bearer: WORLD_CRON_SECRET }),
};

/** A request for the call of this name, for example `post /api/bots`. @throws Error for a call that has none yet */
export async function prepare(world: World, name: string): Promise<ValidRequest> {
  const prepareRequest = validRequests[name];
  if (!prepareRequest) throw new Error(`${name} needs a valid request in support/valid-requests.ts`);
  return prepareRequest(world);
}

/** Sends a request to the call of this name; `bearer` replaces the credential it was prepared with. */
export function send(
  world: World,
  name: Operation["name"],
  request: ValidRequest,
  changes: { readonly bearer?: string | null; readonly peer?: string } = {},
): Promise<TestAnswer> {
  const [method = "get", path = "/"] = name.split(" ");
  const { json, headers, app = world.app } = request;
  const bearer = changes.bearer !== undefined ? changes.bearer : ownBearer(world, request);
  return app.request(addressOf(path, request), {
    method: method.toUpperCase(),
    ...(bearer === null ? {} : { bearer }),
    ...(json === undefined ? {} : { json }),
    ...(headers === undefined ? {} : { headers }),
    ...(changes.peer === undefined ? {} : { peer: changes.peer }),
  });
}

/** The credential a request comes with; null: none. */
export const ownBearer = (world: World, { bearer }: ValidRequest): string | null =>
  bearer === undefined ? world.owner.token : bearer;

function addressOf(path: string, { params = {}, query }: ValidRequest): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? "missing"));
  return query === undefined ? filled : `${filled}?${new URLSearchParams(query)}`;
}
