import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDERS = ["core", "db", "host", "api", "worker", "web", "sdk", "tests", "scripts"];
const PACKAGES = [
  "zod",
  "hono",
  "jose",
  "drizzle-orm",
  "@libsql/client",
  "@trpc/server",
  "@whiskeysockets/baileys",
  "libsignal",
];
const OWN_PACKAGES = ["core", "db", "host", "api"];

/** A file that breaks exactly one rule, by this import. */
const FORBIDDEN: [rule: string, file: string, statement: string][] = [
  ["domain-is-pure", "core/src/domain/screening.ts", 'import { z } from "zod";'],
  ["domain-is-pure", "core/src/domain/phone.ts", 'import { readKey } from "../crypto/key.ts";'],
  ["ports-know-the-domain-only", "core/src/ports/sender.ts", 'import { ServiceError } from "../errors.ts";'],
  ["crypto-knows-no-storage", "core/src/crypto/store.ts", 'import { bots } from "@switchboard/db/schema";'],
  ["core-runs-anywhere", "core/src/services/calls/screen.ts", 'import { Hono } from "hono";'],
  ["core-runs-anywhere", "core/src/services/calls/list.ts", 'import { initTRPC } from "@trpc/server";'],
  ["core-runs-anywhere", "core/src/services/calls/reject.ts", 'import baileys from "@whiskeysockets/baileys";'],
  ["core-uses-no-node-module", "core/src/services/bots/create.ts", 'import { readFile } from "node:fs/promises";'],
  ["core-opens-no-database", "core/src/services/bots/list.ts", 'import { createDb } from "@switchboard/db/client";'],
  ["core-opens-no-database", "core/src/context.ts", 'import type { Client } from "@libsql/client";'],
  ["db-is-the-bottom", "db/src/queries/leases.ts", 'import type { Lease } from "@switchboard/core/domain/lease";'],
  ["host-serves-the-processes", "host/src/logger.ts", 'import { Hono } from "hono";'],
  [
    "api-knows-no-worker",
    "api/src/routes/calls.ts",
    'import { reject } from "../../../worker/src/whatsapp/reject.ts";',
  ],
  ["api-knows-no-worker", "api/src/routes/pairing.ts", 'import type { WASocket } from "@whiskeysockets/baileys";'],
  ["worker-knows-no-api", "worker/src/http.ts", 'import { initTRPC } from "@trpc/server";'],
  ["worker-knows-no-api", "worker/src/supervisor.ts", 'import type { AppRouter } from "../../api/src/trpc/root.ts";'],
  ["database-only-where-parts-are-joined", "api/src/routes/bots.ts", 'import { eq } from "drizzle-orm";'],
  [
    "database-only-where-parts-are-joined",
    "worker/src/handlers/on-call.ts",
    'import { bots } from "@switchboard/db/schema";',
  ],
  [
    "whatsapp-library-in-one-folder",
    "worker/src/bot-connection.ts",
    'import type { WASocket } from "@whiskeysockets/baileys";',
  ],
  ["whatsapp-library-in-one-folder", "worker/src/jobs/cleanup.ts", 'import libsignal from "libsignal";'],
  [
    "web-knows-the-router-type-only",
    "web/src/lib/block.ts",
    'import { decide } from "@switchboard/core/domain/decide";',
  ],
  [
    "web-knows-the-router-type-only",
    "web/src/routes/page.svelte",
    'import { decide } from "@switchboard/core/domain/decide";',
  ],
  ["client-knows-the-router-type-only", "sdk/client/src/keys.ts", 'import { bots } from "@switchboard/db/schema";'],
  ["sdk-takes-what-every-holder-needs", "sdk/session/src/store.ts", 'import { bots } from "@switchboard/db/schema";'],
  [
    "sdk-takes-what-every-holder-needs",
    "sdk/session/src/log.ts",
    'import type { Logger } from "@switchboard/host/logger";',
  ],
  [
    "holders-share-what-is-free",
    "worker/src/whatsapp/auth/bot-auth-state.ts",
    'import { renew } from "@switchboard/db/queries/renew";',
  ],
  ["router-as-type-only", "sdk/client/src/router.ts", 'import { appRouter } from "@switchboard/api";'],
  ["router-as-type-only", "web/src/lib/router.ts", 'import { appRouter } from "@switchboard/api";'],
  ["nobody-imports-tests", "host/src/fake.ts", 'import { fakeClock } from "../../tests/fakes/clock.ts";'],
  ["nobody-imports-a-test-file", "api/src/helper.ts", 'import { helper } from "./app.test.ts";'],
  ["scripts-stay-outside", "scripts/seed.ts", 'import { createApp } from "../api/src/app.ts";'],
  ["no-cycles", "host/src/one.ts", 'import { two } from "./two.ts"; export const one = 1;'],
  ["everything-resolves", "api/src/missing.ts", 'import { gone } from "./gone.ts";'],
];

/** What the layers live from: none of it breaks a rule. */
const ALLOWED: [file: string, statement: string][] = [
  ["core/src/domain/decide.ts", 'import { normalise } from "./normalise.ts"; export const decide = normalise;'],
  ["core/src/domain/decide.test.ts", 'import { z } from "zod";'],
  ["core/src/ports/clock.ts", 'import type { Lease } from "../domain/lease.ts";'],
  ["core/src/crypto/key.ts", 'import { SignJWT } from "jose"; export const readKey = SignJWT;'],
  [
    "core/src/services/blocks/add.ts",
    'import { bots } from "@switchboard/db/schema"; import { eq } from "drizzle-orm";',
  ],
  ["core/src/services/leases/renew.ts", 'import { renew } from "@switchboard/db/queries/renew";'],
  ["api/src/deps.ts", 'import { createDb } from "@switchboard/db/client";'],
  ["api/src/context.ts", 'import type { Db } from "@switchboard/db/types";'],
  ["worker/src/whatsapp/reject.ts", 'import baileys from "@whiskeysockets/baileys"; export const reject = baileys;'],
  ["sdk/client/src/client.ts", 'import type { AppRouter } from "@switchboard/api";'],
  ["sdk/session/src/connect.ts", 'import { normalise } from "@switchboard/core/domain/normalise";'],
  ["worker/src/whatsapp/auth/store.ts", 'import type { Db } from "@switchboard/db/types"; export type Store = Db;'],
  ["web/src/lib/client.ts", 'import type { AppRouter } from "@switchboard/api";'],
  ["host/src/three.ts", 'import type { Four } from "./four.ts"; export type Three = Four | 3;'],
  ["host/src/four.ts", 'import type { Three } from "./three.ts"; export type Four = Three | 4;'],
];

/** Imported by the above. */
const TARGETS = [
  "core/src/domain/normalise.ts",
  "core/src/domain/lease.ts",
  "core/src/errors.ts",
  "db/src/schema/index.ts",
  "db/src/queries/renew.ts",
  "db/src/client.ts",
  "db/src/types.ts",
  "api/src/trpc/root.ts",
  "api/src/app.ts",
  "api/src/app.test.ts",
  "tests/fakes/clock.ts",
];

type Violation = { rule: { name: string }; from: string };

let folder: string;
let violations: Violation[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "import-rules-"));
  await cp(join(ROOT, ".dependency-cruiser.mjs"), join(folder, ".dependency-cruiser.mjs"));
  await cp(join(ROOT, "tsconfig.json"), join(folder, "tsconfig.json"));
  await Promise.all(PACKAGES.map(writeLibrary));
  await Promise.all(OWN_PACKAGES.map(linkOwnPackage));
  await Promise.all(TARGETS.map((file) => write(file, "export {};\n")));
  await Promise.all(ALLOWED.map(([file, statement]) => write(file, `${statement}\n`)));
  await Promise.all(FORBIDDEN.map(([, file, statement]) => write(file, inLanguageOf(file, statement))));
  // Closes the cycle that host/src/one.ts begins.
  await write("host/src/two.ts", 'import { one } from "./one.ts"; export const two = one;\n');
  violations = await cruise();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the import rules refuse", () => {
  test.each(FORBIDDEN)("%s: %s with %s", (rule, file) => {
    expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toContain(rule);
  });
});

test("every rule is broken by one of the examples", async () => {
  const { default: rules } = await import(join(ROOT, ".dependency-cruiser.mjs"));
  const names = rules.forbidden.map((rule: { name: string }) => rule.name);
  expect(new Set(FORBIDDEN.map(([rule]) => rule))).toEqual(new Set(names));
});

test.each(ALLOWED)("the import rules let pass: %s with %s", (file) => {
  expect(violations.filter(({ from }) => from === file)).toEqual([]);
});

async function cruise(): Promise<Violation[]> {
  const cruiser = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
  const command = [cruiser, "--config", ".dependency-cruiser.mjs", "--output-type", "json", ...FOLDERS];
  const { stdout } = await execa(process.execPath, command, { cwd: folder, reject: false, stdin: "ignore" });
  return JSON.parse(stdout).summary.violations;
}

async function writeLibrary(name: string): Promise<void> {
  await write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
  await write(`node_modules/${name}/index.js`, "export {};\n");
}

async function linkOwnPackage(name: string): Promise<void> {
  await cp(join(ROOT, name, "package.json"), join(await makeFolder(name), "package.json"));
  await symlink(join(folder, name), join(await makeFolder("node_modules/@switchboard"), name));
}

function inLanguageOf(file: string, statement: string): string {
  return file.endsWith(".svelte") ? `<script lang="ts">\n${statement}\n</script>\n<p>text</p>\n` : `${statement}\n`;
}

async function write(file: string, text: string): Promise<void> {
  await makeFolder(dirname(file));
  await writeFile(join(folder, file), text);
}

async function makeFolder(path: string): Promise<string> {
  const absolute = join(folder, path);
  await mkdir(absolute, { recursive: true });
  return absolute;
}
