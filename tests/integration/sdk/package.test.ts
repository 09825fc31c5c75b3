import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PackedPackage, packPackage } from "../../support/packed-package.ts";

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

let packed: PackedPackage;

beforeAll(async () => {
  packed = await packPackage({
    name: "@switchboard/sdk",
    buildScript: "scripts/build-sdk.ts",
    source: "sdk/session",
    peers: [BAILEYS, "@types/node"],
    // Baileys' own declarations do not pass; those of this package are read with the program.
    compilerOptions: { lib: ["es2023", "esnext.disposable"], skipLibCheck: true, types: ["node"], noEmit: true },
  });
});
afterAll(() => packed.dispose());

describe("the packed package for microservices", () => {
  it("asks for Baileys at the one version its repairs are for, and for nothing else", async () => {
    const manifest = await packed.manifest();
    expect(manifest).toMatchObject({ name: "@switchboard/sdk", peerDependencies: { [BAILEYS]: "7.0.0-rc14" } });
    expect([manifest.dependencies, manifest.devDependencies, manifest.private]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("holds JavaScript, one declaration file, a README and the licences", async () => {
    expect((await readdir(packed.installed)).sort()).toEqual([
      "LICENSE",
      "README.md",
      "THIRD-PARTY-NOTICES",
      "index.d.ts",
      "index.js",
      "package.json",
      "repairs.js",
      "session.js",
    ]);
    const notices = await readFile(join(packed.installed, "THIRD-PARTY-NOTICES"), "utf8");
    expect([...notices.matchAll(/contains (\S+)/g)].map(([, name]) => name).sort()).toEqual(["async-mutex", "jose"]);
  });

  it("brings nothing of the service along, neither in code nor in types", async () => {
    for (const file of ["session.js", "repairs.js"])
      expect(await readFile(join(packed.installed, file), "utf8")).not.toMatch(NOT_INSIDE);
    const types = await readFile(join(packed.installed, "index.d.ts"), "utf8");
    const named = [...types.matchAll(/(?:from |import\()"([^"]+)"/g)].map(([, name]) => name);
    expect(named).toEqual([BAILEYS]);
  });

  it("comes before Baileys in a program that imports both, and its repairs hold", async () => {
    const { stdout, stderr } = await packed.run(
      "right.js",
      `import { connectSwitchboard } from "@switchboard/sdk";
       import { Curve } from "${BAILEYS}";
       const forged = Curve.verify(Curve.generateKeyPair().public, Buffer.from("m"), Buffer.alloc(64, 1));
       console.log(typeof connectSwitchboard, forged);`,
    );
    expect({ stdout, stderr }).toEqual({ stdout: "function false", stderr: "" });
  });

  it("says so in a sentence when Baileys was loaded before it", async () => {
    const late = await packed.run("late.js", `import "${BAILEYS}";\nimport "@switchboard/sdk";`);
    expect(late.exitCode).not.toBe(0);
    expect(late.stderr).toMatch(/RepairError: .*import @switchboard\/sdk before @whiskeysockets\/baileys/);
  });

  it("type-checks what its README shows", async () => {
    const programs = await packed.readmePrograms();
    expect(programs).toHaveLength(3);
    expect(await packed.typeCheck("readme.ts", [README_NAMES, ...programs].join("\n"))).toBe("");
  });

  it("makes a missing option, an unknown one and a wrong member errors of the compiler", async () => {
    const said = await packed.typeCheck("wrong.ts", WRONG_PROGRAM);
    expect([...said.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line))).toEqual([3, 4, 5]);
  });
});
