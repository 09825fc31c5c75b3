import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BUILD_MS_MAX = 120_000;
const BAILEYS = "@whiskeysockets/baileys";
/** What must not come along: the database, its layer, the log and the parts of the service that are not for programs. */
const NOT_INSIDE = /libsql|drizzle|\bpino\b|\bhono\b|process\.env/;

/** What the programs of the README take from around them. */
const README_NAMES = `
declare const keyId: string, challenge: string, token: string, url: string, botId: string, apiKey: string;
`;
const WRONG_PROGRAM = `
import { connectSwitchboard } from "@switchboard/sdk";
await connectSwitchboard({ url: "http://127.0.0.1:1", apiKey: "k" });
const session = await connectSwitchboard({ url: "http://127.0.0.1:1", apiKey: "k", botId: "b", takeOver: true });
export const lease = session.leese;
`;

let folder: string;
let installed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "switchboard-sdk-"));
  installed = join(folder, "node_modules/@switchboard/sdk");
  const built = join(folder, "built");
  await execa(process.execPath, [join(ROOT, "scripts/build-sdk.ts"), built]);
  await execa("npm", ["pack", "--offline", "--ignore-scripts", "--pack-destination", folder], { cwd: built });
  const [tarball = ""] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  await mkdir(installed, { recursive: true });
  await execa("tar", ["-xzf", join(folder, tarball), "-C", installed, "--strip-components=1"]);
  await installPeer(BAILEYS);
  await installPeer("@types/node");
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
}, BUILD_MS_MAX);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Taken from this repository, so that no registry is needed. As under a strict installer, only what is named can be seen. */
async function installPeer(name: string): Promise<void> {
  const place = join(folder, "node_modules", name);
  await mkdir(join(place, ".."), { recursive: true });
  await symlink(await realpath(join(ROOT, "sdk/session/node_modules", name)), place);
}

/** Runs a program outside of the repository; the test runner's own packages are no part of it. */
async function run(file: string, text: string) {
  await writeFile(join(folder, file), text);
  return execa(process.execPath, [file], { cwd: folder, env: { NODE_PATH: "" }, reject: false });
}

/** Type-checks one program outside the repository, the declarations it uses included. */
async function typeCheck(file: string, text: string) {
  const options = { target: "es2022", lib: ["es2023", "esnext.disposable"], module: "nodenext", strict: true };
  // Baileys' own declarations do not pass; those of this package are read with the program.
  const compilerOptions = {
    ...options,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    types: ["node"],
    noEmit: true,
  };
  await writeFile(join(folder, file), text);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  const compiler = join(ROOT, "node_modules/@typescript/native/bin/tsc");
  return execa(process.execPath, [compiler, "-p", folder, "--pretty", "false"], { cwd: folder, reject: false });
}

describe("the packed package for microservices", () => {
  it("asks for Baileys at the one version its repairs are for, and for nothing else", async () => {
    const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
    expect(manifest).toMatchObject({ name: "@switchboard/sdk", peerDependencies: { [BAILEYS]: "7.0.0-rc14" } });
    expect([manifest.dependencies, manifest.devDependencies, manifest.private]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("holds JavaScript, one declaration file, a README and the licences", async () => {
    expect((await readdir(installed)).sort()).toEqual([
      "LICENSE",
      "README.md",
      "THIRD-PARTY-NOTICES",
      "index.d.ts",
      "index.js",
      "package.json",
      "repairs.js",
      "session.js",
    ]);
    const notices = await readFile(join(installed, "THIRD-PARTY-NOTICES"), "utf8");
    expect([...notices.matchAll(/contains (\S+)/g)].map(([, name]) => name).sort()).toEqual(["async-mutex", "jose"]);
  });

  it("brings nothing of the service along, neither in code nor in types", async () => {
    for (const file of ["session.js", "repairs.js"])
      expect(await readFile(join(installed, file), "utf8")).not.toMatch(NOT_INSIDE);
    const types = await readFile(join(installed, "index.d.ts"), "utf8");
    const named = [...types.matchAll(/(?:from |import\()"([^"]+)"/g)].map(([, name]) => name);
    expect(named).toEqual([BAILEYS]);
  });

  it("comes before Baileys in a program that imports both, and its repairs hold", async () => {
    const { stdout, stderr } = await run(
      "right.js",
      `import { connectSwitchboard } from "@switchboard/sdk";
       import { Curve } from "${BAILEYS}";
       const forged = Curve.verify(Curve.generateKeyPair().public, Buffer.from("m"), Buffer.alloc(64, 1));
       console.log(typeof connectSwitchboard, forged);`,
    );
    expect({ stdout, stderr }).toEqual({ stdout: "function false", stderr: "" });
  });

  it("says so in a sentence when Baileys was loaded before it", async () => {
    const late = await run("late.js", `import "${BAILEYS}";\nimport "@switchboard/sdk";`);
    expect(late.exitCode).not.toBe(0);
    expect(late.stderr).toMatch(/RepairError: .*import @switchboard\/sdk before @whiskeysockets\/baileys/);
  });

  it("type-checks what its README shows", async () => {
    const text = await readFile(join(installed, "README.md"), "utf8");
    const blocks = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block);
    expect(blocks).toHaveLength(3);
    const { stdout } = await typeCheck("readme.ts", [README_NAMES, ...blocks].join("\n"));
    expect(stdout).toBe("");
  });

  it("makes a missing option, an unknown one and a wrong member errors of the compiler", async () => {
    const { stdout } = await typeCheck("wrong.ts", WRONG_PROGRAM);
    expect([...stdout.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line))).toEqual([3, 4, 5]);
  });
});
