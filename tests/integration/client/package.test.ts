import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PackedPackage, packPackage } from "../../support/packed-package.ts";
import { createSbTest, type SbTest, signInOwner } from "../sb/support.ts";

/** What the manifest asks for. */
const INSTALLED = ["@trpc/client", "@trpc/server", "superjson"];

const PROGRAM = `
import { createSwitchboardClient, describeFailure, type SwitchboardClient } from "@switchboard/client";
declare const process: { readonly env: Readonly<Record<string, string | undefined>> };
const client: SwitchboardClient = createSwitchboardClient({ url: process.env["SB_URL"] ?? "", token: process.env["SB_TOKEN"] ?? null });
const made = await client.bots.create.mutate({ name: "From elsewhere" });
const { items, nextCursor } = await client.bots.list.query({ limit: 10 });
const names: readonly string[] = items.map((bot) => bot.name);
const state: "stopped" | "online" | "other" = made.state === "stopped" || made.state === "online" ? made.state : "other";
const failure = await client.bots.get.query({ botId: "bot_none" }).then(() => null, describeFailure);
const code = failure?.kind === "refused" ? failure.code satisfies string : null;
const event = await new Promise<string>((resolve, reject) => {
  const live = client.events.follow.subscribe({}, {
    onData: ({ data }) => {
      live.unsubscribe();
      resolve(data.kind);
    },
    onError: reject,
  });
});
console.log(JSON.stringify({ names, nextCursor, state, code, event }));
`;
/** What the programs of the README take from around them. */
const README_NAMES = `
declare const process: { readonly env: { readonly SB_TOKEN?: string } };
declare const keyId: string;
declare const password: string;
`;
const WRONG_PROGRAM = `
import { createSwitchboardClient } from "@switchboard/client";
const client = createSwitchboardClient({ url: "http://127.0.0.1:1" });
await client.bots.lst.query({});
await client.bots.create.mutate({ nam: "x" });
const { items } = await client.bots.list.query();
export const colours = items.map((bot) => bot.colour);
`;

let packed: PackedPackage;
let sb: SbTest;

beforeAll(async () => {
  packed = await packPackage({
    name: "@switchboard/client",
    buildScript: "scripts/build-client.ts",
    source: "sdk/client",
    peers: INSTALLED,
    compilerOptions: {
      lib: ["es2022", "dom", "dom.iterable", "esnext.disposable"],
      skipLibCheck: false,
      types: [],
      outDir: "out",
    },
  });
  sb = await createSbTest();
});
afterAll(async () => {
  await sb?.dispose();
  await packed?.dispose();
});

describe("the packed client", () => {
  it("asks for nothing of this repository, and for three packages at the versions its types were made with", async () => {
    const manifest = await packed.manifest();
    const dependencies = Object.entries(manifest.dependencies ?? {});
    expect(dependencies.map(([name]) => name)).toEqual(INSTALLED);
    for (const [, version] of dependencies) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(manifest).toMatchObject({ name: "@switchboard/client", bin: { sb: "./sb.js" } });
    expect(manifest.devDependencies).toBeUndefined();
  });

  it("holds JavaScript, one declaration file, a README and the licences", async () => {
    const files = (await readdir(packed.installed)).filter((name) => !/^client-[\w-]+\.js$/.test(name)).sort();
    expect(files).toEqual([
      "LICENSE",
      "README.md",
      "THIRD-PARTY-NOTICES",
      "index.d.ts",
      "index.js",
      "package.json",
      "sb.js",
    ]);
    expect((await stat(join(packed.installed, "sb.js"))).mode & 0o111).toBe(0o111);
  });

  it("brings the types of every procedure along, and names no package but the three", async () => {
    const text = await readFile(join(packed.installed, "index.d.ts"), "utf8");
    const named = [...text.matchAll(/(?:from |import\()"([^"]+)"/g)].map(([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(INSTALLED.some((known) => `${name}/`.startsWith(`${known}/`))).toBe(true);
    expect(text).toContain("AppRouter");
  });

  it("type-checks where it is installed, and its calls reach the api", async () => {
    expect(await packed.typeCheck("program.ts", PROGRAM)).toBe("");
    const { owner } = await signInOwner(sb);
    const env = { SB_URL: sb.url, SB_TOKEN: owner.token };
    const { stdout } = await execa(process.execPath, [join(packed.folder, "out/program.js")], { env });
    expect(JSON.parse(stdout)).toEqual({
      names: ["From elsewhere"],
      nextCursor: null,
      state: "stopped",
      code: "not-found",
      event: "ready",
    });
  });

  it("type-checks what its README shows", async () => {
    const programs = await packed.readmePrograms();
    expect(programs).toHaveLength(3);
    expect(await packed.typeCheck("readme.ts", [README_NAMES, ...programs].join("\n"))).toBe("");
  });

  it("makes a wrong procedure, a wrong input and a wrong field errors of the compiler", async () => {
    const said = await packed.typeCheck("wrong.ts", WRONG_PROGRAM);
    const lines = [...said.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line));
    expect(lines).toEqual([4, 5, 7]);
    expect(said).toMatch(/lst.*nam.*colour/s);
  });

  it("runs sb from the tarball", async () => {
    const script = join(packed.installed, "sb.js");
    const { version } = await packed.manifest();
    expect((await execa(script, ["--version"])).stdout).toBe(version);
    const { owner } = await signInOwner(sb);
    const env = { ...sb.env, SB_TOKEN: owner.token };
    const { stdout } = await execa(process.execPath, [script, "bots", "list", "--json"], { env });
    expect(JSON.parse(stdout)).toEqual({ items: [] });
  });
});
