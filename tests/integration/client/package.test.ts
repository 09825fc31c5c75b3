import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSbTest, type SbTest, signInOwner } from "../sb/support.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BUILD_MS_MAX = 120_000;
/** What the manifest asks for; taken from this repository, so that no registry is needed. */
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

let folder: string;
let installed: string;
let sb: SbTest;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "switchboard-client-"));
  installed = join(folder, "node_modules/@switchboard/client");
  await execa(process.execPath, [join(ROOT, "scripts/build-client.ts"), join(folder, "built")]);
  await installTarball(await pack(join(folder, "built")));
  sb = await createSbTest();
}, BUILD_MS_MAX);
afterAll(async () => {
  await sb?.dispose();
  await rm(folder, { recursive: true, force: true });
});

async function pack(built: string): Promise<string> {
  await execa("npm", ["pack", "--offline", "--ignore-scripts", "--pack-destination", folder], { cwd: built });
  const [tarball = ""] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  return join(folder, tarball);
}

/** As an installer does it: the tarball unpacked, and beside it what its manifest names. */
async function installTarball(tarball: string): Promise<void> {
  await mkdir(installed, { recursive: true });
  await execa("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  await mkdir(join(folder, "node_modules/@trpc"));
  for (const name of INSTALLED)
    await symlink(await realpath(join(ROOT, "sdk/client/node_modules", name)), join(folder, "node_modules", name));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
}

/** Type-checks one program outside the repository, the declarations it uses included. */
async function typeCheck(file: string, text: string) {
  const options = {
    target: "es2022",
    lib: ["es2022", "dom", "dom.iterable", "esnext.disposable"],
    module: "nodenext",
    strict: true,
  };
  const compilerOptions = { ...options, skipLibCheck: false, noUncheckedIndexedAccess: true, types: [], outDir: "out" };
  await writeFile(join(folder, file), text);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  const compiler = join(ROOT, "node_modules/@typescript/native/bin/tsc");
  return execa(process.execPath, [compiler, "-p", folder, "--pretty", "false"], { cwd: folder, reject: false });
}

describe("the packed client", () => {
  it("asks for nothing of this repository, and for three packages at the versions its types were made with", async () => {
    const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
    expect(Object.keys(manifest.dependencies)).toEqual(INSTALLED);
    for (const version of Object.values(manifest.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(manifest).toMatchObject({ name: "@switchboard/client", bin: { sb: "./sb.js" } });
    expect(manifest.devDependencies).toBeUndefined();
  });

  it("holds JavaScript, one declaration file, a README and the licences", async () => {
    const files = (await readdir(installed)).filter((name) => !/^client-[\w-]+\.js$/.test(name)).sort();
    expect(files).toEqual([
      "LICENSE",
      "README.md",
      "THIRD-PARTY-NOTICES",
      "index.d.ts",
      "index.js",
      "package.json",
      "sb.js",
    ]);
    expect((await stat(join(installed, "sb.js"))).mode & 0o111).toBe(0o111);
  });

  it("brings the types of every procedure along, and names no package but the three", async () => {
    const text = await readFile(join(installed, "index.d.ts"), "utf8");
    const named = [...text.matchAll(/(?:from |import\()"([^"]+)"/g)].map(([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(INSTALLED.some((known) => `${name}/`.startsWith(`${known}/`))).toBe(true);
    expect(text).toContain("AppRouter");
  });

  it("type-checks where it is installed, and its calls reach the api", async () => {
    const checked = await typeCheck("program.ts", PROGRAM);
    expect(checked.stdout).toBe("");
    const { owner } = await signInOwner(sb);
    const env = { SB_URL: sb.url, SB_TOKEN: owner.token };
    const { stdout } = await execa(process.execPath, [join(folder, "out/program.js")], { env });
    expect(JSON.parse(stdout)).toEqual({
      names: ["From elsewhere"],
      nextCursor: null,
      state: "stopped",
      code: "not-found",
      event: "ready",
    });
  });

  it("type-checks what its README shows", async () => {
    const text = await readFile(join(installed, "README.md"), "utf8");
    const blocks = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block);
    expect(blocks).toHaveLength(3);
    const { stdout } = await typeCheck("readme.ts", [README_NAMES, ...blocks].join("\n"));
    expect(stdout).toBe("");
  });

  it("makes a wrong procedure, a wrong input and a wrong field errors of the compiler", async () => {
    const { stdout } = await typeCheck("wrong.ts", WRONG_PROGRAM);
    const lines = [...stdout.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line));
    expect(lines).toEqual([4, 5, 7]);
    expect(stdout).toMatch(/lst.*nam.*colour/s);
  });

  it("runs sb from the tarball", async () => {
    const script = join(installed, "sb.js");
    const { version } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
    expect((await execa(script, ["--version"])).stdout).toBe(version);
    const { owner } = await signInOwner(sb);
    const env = { ...sb.env, SB_TOKEN: owner.token };
    const { stdout } = await execa(process.execPath, [script, "bots", "list", "--json"], { env });
    expect(JSON.parse(stdout)).toEqual({ items: [] });
  });
});
