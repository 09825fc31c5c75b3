import { type Role, roles, scopes } from "@switchboard/core/domain/vocabulary";
import { addBot } from "@switchboard/core/testing/factories";
import { linkBot, SESSION_CANARY } from "@switchboard/core/testing/linked-bot";
import { audit, events } from "@switchboard/db/schema";
import { addKey, addMemberToken, addOwner, type Owner } from "./credentials.ts";
import type { FuzzCase } from "./fuzz-inputs.ts";
import type { TestAnswer, TestRequest } from "./test-request.ts";
import { WORLD_CRON_SECRET, type World } from "./world.ts";

/** A world in which requests are thrown at random: everybody's credentials, every id that was ever told, every secret. */
export interface FuzzWorld {
  /** Who asks: a name for messages, and the credential; null: none. */
  credentialOf(fuzzCase: FuzzCase): { readonly name: string; readonly text: string | null };
  requestOf(fuzzCase: FuzzCase): { readonly path: string; readonly request: TestRequest };
  /** Learns the ids and the new secrets of an answer, so that later requests use the one and must not see the other. */
  learn(answer: TestAnswer): void;
  /** Makes good what requests took away: credentials that were revoked, bots that were deleted. */
  restore(): Promise<void>;
  /** The names of the secrets a text holds that are older than the answer it comes from. */
  secretsIn(text: string): readonly string[];
  /** Everything that was logged, and the events and the audit. */
  records(): Promise<string>;
}

/** Credentials, one-time codes and tokens by their form. */
const SECRET = /^(sb_[a-z]+_|eyJ)\S{30,}$/;
const ID = /^[a-z]{3,4}_[0-9a-z]{26}$/;
const SECRET_LENGTH_MIN = 16;

/** Fills a world with two teams and everything they own. */
export async function openFuzzWorld(world: World): Promise<FuzzWorld> {
  const secrets = new Map([
    ["session bytes", SESSION_CANARY],
    ["cron secret", WORLD_CRON_SECRET],
  ]);
  const ids = new Map<string, string[]>();
  const credentials: { name: string; text: string | null }[] = [];
  const stranger = await addOwner(world.app.test);
  const learnId = (id: string): void => {
    const prefix = id.slice(0, id.indexOf("_"));
    const known = ids.get(prefix) ?? [];
    if (!known.includes(id)) ids.set(prefix, [...known, id]);
  };
  const people = new Set([world.owner.user.userId, stranger.user.userId]);
  const keepers = { botId: world.linkedBot.botId, people };
  const restore = async (): Promise<void> => {
    for (const owner of [world.owner, stranger]) {
      const botId = await addBot(world.app.test, owner.user);
      await linkBot(world.app.test, botId);
      learnId(botId);
    }
    learnId(await world.addBlock());
    learnId(await world.addBlock("lifted"));
    learnId(await world.addAllow());
    learnId(await world.addCall());
    const held = await world.addHeldSession();
    learnId(held.botId);
    const others = await makeCredentials(world, stranger);
    credentials.splice(0, credentials.length, ...others, { name: "lease token", text: held.token });
    for (const { name, text } of credentials)
      if (text !== null && text.length > SECRET_LENGTH_MIN) secrets.set(`${name} ${secrets.size}`, text);
  };
  await restore();
  return {
    restore,
    credentialOf: ({ credential }) => credentials[credential % credentials.length] ?? { name: "nobody", text: null },
    requestOf: (fuzzCase) => requestOf(fuzzCase, credentials, ids, keepers),
    learn: ({ body }) =>
      visit(body, (name, value) => {
        if (ID.test(value)) learnId(value);
        else if (SECRET.test(value)) secrets.set(`${name} ${secrets.size}`, value);
      }),
    secretsIn: (text) => [...secrets].filter(([, value]) => text.includes(value)).map(([name]) => name),
    records: async () => {
      const { reader } = world.app.test.db;
      const rows = [await reader.select().from(events), await reader.select().from(audit)];
      return `${world.app.logLines.join("\n")}\n${JSON.stringify(rows)}`;
    },
  };
}

async function makeCredentials(world: World, stranger: Owner) {
  const { owner, app } = world;
  const people = await Promise.all(
    roles.map(async (role: Role) => ({ name: role, text: await addMemberToken(app.test, owner, role) })),
  );
  const own = (await addKey(app.test, owner, scopes)).secret;
  const narrow = (await addKey(app.test, owner, ["bots:read"])).secret;
  const { token } = await world.addSessionToken();
  return [
    { name: "nobody", text: null },
    ...people,
    { name: "owner again", text: owner.token },
    { name: "owner of other sign-in", text: await world.addToken() },
    { name: "owner of a third sign-in", text: await world.addToken() },
    { name: "key", text: own },
    { name: "narrow key", text: narrow },
    { name: "session token", text: token },
    { name: "stranger", text: stranger.token },
    { name: "nonsense", text: "sb_live_nonsense" },
  ];
}

/** The prefixes of ids a path parameter takes. */
const PREFIXES: Readonly<Record<string, readonly string[]>> = {
  botId: ["bot"],
  contactId: ["blk", "alw"],
  callId: ["call"],
  caller: ["clr"],
  keyId: ["key"],
  tokenId: ["tok", "pat"],
  userId: ["usr"],
  invitationId: ["otc"],
  signInId: ["sgn"],
  auditId: ["aud"],
};
const ODD_IDS = ["x", "__proto__", "bot_", "%00", "..%2f..", "34600000000", "bot_0000000000000000000000000z", "a%20b"];
/** One id in so many is odd. */
const ODD_EVERY = 6;

function requestOf(
  { operation, credential, ids: places, query, body, contentType }: FuzzCase,
  credentials: readonly { readonly text: string | null }[],
  ids: ReadonlyMap<string, readonly string[]>,
  keepers: { readonly botId: string; readonly people: ReadonlySet<string> },
) {
  // The things of the world are of one bot and made by two owners, who must stay what they are; so must its holder.
  const isOfBot =
    operation.path.startsWith("/api/bots/{botId}/") && !operation.path.startsWith("/api/bots/{botId}/session/lease");
  const mayName = (id: string): boolean => (isOfBot || id !== keepers.botId) && !keepers.people.has(id);
  let index = 0;
  const filled = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const place = places[index++ % places.length] ?? 0;
    const known = (PREFIXES[name] ?? []).flatMap((prefix) => ids.get(prefix) ?? []).filter(mayName);
    const odd = ODD_IDS[place % ODD_IDS.length] ?? "x";
    // The newest things are asked for most: what was just made is then used, changed and removed.
    const recent = known.slice(place % 2 === 0 ? -4 : 0);
    if (name === "botId" && isOfBot && place % 4 === 1) return keepers.botId;
    return place % ODD_EVERY === 0 ? odd : (recent[place % recent.length] ?? odd);
  });
  const search = query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  const { text = null } = credentials[credential % credentials.length] ?? {};
  const request: TestRequest = {
    method: operation.method.toUpperCase(),
    ...(text === null ? {} : credential % 2 === 0 ? { bearer: text } : { key: text }),
    ...(body === undefined || operation.method === "get"
      ? {}
      : { body, headers: contentType ? { "content-type": contentType } : {} }),
  };
  return { path: search === "" ? filled : `${filled}?${search}`, request };
}

const encode = (value: unknown): string =>
  encodeURIComponent((typeof value === "string" ? value : JSON.stringify(value)).toWellFormed());

/** Every text in a value with the name of the member it stands in. */
function visit(value: unknown, see: (name: string, text: string) => void, name = ""): void {
  if (typeof value === "string") see(name, value);
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) visit(member, see, key);
}
