import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = join(ROOT, "node_modules/@typescript/native/bin/tsc");

const IMPORTS = `
import { apiKeys, bots, events, blockedContacts, whatsappCalls } from "@switchboard/db/schema";
import { readRecords } from "@switchboard/db/queries/auth-records";
import { eq, inArray } from "drizzle-orm";
import type { ServiceContext } from "../src/context.ts";
import { authorizeBot, authorizeTeam, authorizeTeamAdmin } from "../src/services/access.ts";
import { readAuthState } from "../src/services/auth-state/read-auth-state.ts";
import { viewSettings } from "../src/services/settings/internal.ts";
import { emit, writeAudit } from "../src/services/records.ts";
void [apiKeys, bots, events, blockedContacts, whatsappCalls, readRecords, eq, inArray, authorizeBot];
void [authorizeTeam, authorizeTeamAdmin, readAuthState, viewSettings, emit, writeAudit];
`;

/** Bodies of a verb that gets \`ctx\` and what somebody sent: \`input.botId\`, \`input.teamId\`. */
const unchecked: readonly [name: string, body: string][] = [
  ["reads a bot's calls", "ctx.db.reader.select().from(whatsappCalls).where(eq(whatsappCalls.botId, input.botId))"],
  ["reads a bot", "ctx.db.reader.select().from(bots).where(eq(bots.id, input.botId))"],
  ["reads several bots", "ctx.db.reader.select().from(bots).where(inArray(bots.id, [input.botId]))"],
  ["reads a team's bots", "ctx.db.reader.select().from(bots).where(eq(bots.teamId, input.teamId))"],
  ["reads a team's API keys", "ctx.db.reader.select().from(apiKeys).where(eq(apiKeys.teamId, input.teamId))"],
  ["reads a team's events", "ctx.db.reader.select().from(events).where(eq(events.teamId, input.teamId))"],
  ["renames a bot", 'ctx.db.write((tx) => tx.update(bots).set({ name: "x" }).where(eq(bots.id, input.botId)))'],
  [
    "lifts a bot's blocks",
    "ctx.db.write((tx) => tx.delete(blockedContacts).where(eq(blockedContacts.botId, input.botId)))",
  ],
  ["reads a bot's session", "readAuthState(ctx, { id: input.botId } as never as { id: string })"],
  ["reads a bot's sealed records", 'readRecords(ctx.db.reader, input.botId, "creds", [])'],
  ["reads a bot's settings", "viewSettings(ctx.db.reader, input.botId, 0)"],
  [
    "tells a team of an event",
    'ctx.db.write((tx) => emit(tx, ctx, { type: "bot.state", teamId: input.teamId, data: {} }))',
  ],
  [
    "reads a session with a lesser scope",
    'authorizeBot(ctx, input.botId, "bots:read").then((bot) => readAuthState(ctx, bot))',
  ],
];

const checked: readonly [name: string, body: string][] = [
  [
    "reads the calls of the bot it authorised",
    'authorizeBot(ctx, input.botId, "calls:read").then((bot) => ctx.db.reader.select().from(whatsappCalls).where(eq(whatsappCalls.botId, bot.id)))',
  ],
  [
    "reads the session of the bot it authorised",
    'authorizeBot(ctx, input.botId, "session:read").then((bot) => readAuthState(ctx, bot))',
  ],
  [
    "reads the bots of the team it authorised",
    'ctx.db.reader.select().from(bots).where(eq(bots.teamId, authorizeTeam(ctx, "bots:read").teamId))',
  ],
  [
    "reads the keys of the team it administers",
    "ctx.db.reader.select().from(apiKeys).where(eq(apiKeys.teamId, authorizeTeamAdmin(ctx).teamId))",
  ],
];

let folder: string;
/** The lines of the compiler about each file. */
let complaints: ReadonlyMap<string, readonly string[]>;

const fileOf = (kind: string, index: number): string => `${kind}-${index}.ts`;

beforeAll(async () => {
  folder = await mkdtemp(join(ROOT, "core/.types-"));
  for (const [kind, bodies] of [
    ["unchecked", unchecked],
    ["checked", checked],
  ] as const)
    for (const [index, [, body]] of bodies.entries()) {
      const verb = `export const verb = (ctx: ServiceContext, input: { botId: string; teamId: string }) => ${body};`;
      await writeFile(join(folder, fileOf(kind, index)), `${IMPORTS}${verb}\n`);
    }
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../tsconfig.json", include: ["./*.ts"] }),
  );
  const { stdout } = await execa("node", [TSC, "-p", folder, "--pretty", "false"], { reject: false, cwd: folder });
  const errors = stdout.split("\n").filter((line) => line.includes(": error TS"));
  complaints = Map.groupBy(errors, (line) => line.slice(0, line.indexOf("(")).split("/").at(-1) ?? "");
});
afterAll(() => rm(folder, { recursive: true }));

describe("a verb that skips the authorisation does not compile when it", () => {
  it.each(unchecked.map(([name], index) => [name, index] as const))("%s", (_name, index) => {
    expect(complaints.get(fileOf("unchecked", index)) ?? []).not.toEqual([]);
  });
});

describe("a verb that authorises compiles when it", () => {
  it.each(checked.map(([name], index) => [name, index] as const))("%s", (_name, index) => {
    expect(complaints.get(fileOf("checked", index)) ?? []).toEqual([]);
  });
});

it("an id is declared authorised in one file only", async () => {
  const found: string[] = [];
  for (const name of await readdir(join(ROOT, "core/src"), { recursive: true })) {
    if (!name.endsWith(".ts")) continue;
    const text = await readFile(join(ROOT, "core/src", name), "utf8");
    if (/\bas (BotId|TeamId)\b/.test(text)) found.push(name);
  }
  expect(found.toSorted()).toEqual(["services/branded-ids.ts", "testing/named-ids.ts"]);
});
