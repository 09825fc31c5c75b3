import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findCommittedSecrets } from "../../scripts/checks/committed-secrets.ts";
import { findDeadDocPaths } from "../../scripts/checks/doc-paths.ts";
import { findEnvironmentAccess } from "../../scripts/checks/environment-access.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "repository-checks-"));
  await execa("git", ["init", "--quiet"], { cwd: root });
  await write(".gitignore", "ignored/\n");
});

afterEach(() => rm(root, { recursive: true, force: true }));

describe("environment access", () => {
  test.each([
    "const port = process.env.API_PORT;",
    'const port = process["env"].API_PORT;',
    "const { env } = process;\nconst port = process?.env;",
    'import { env } from "node:process";',
    'import process from "process";',
    "const mode = import.meta.env.MODE;",
  ])("is refused outside env.ts: %s", async (code) => {
    await write("api/src/routes/bots.ts", code);
    expect(await findEnvironmentAccess(root)).toEqual([expect.stringContaining("api/src/routes/bots.ts:")]);
  });

  test("is refused in a component", async () => {
    await write("web/src/routes/+page.svelte", "<script>\n  const mode = import.meta.env.MODE;\n</script>\n");
    expect(await findEnvironmentAccess(root)).toEqual([
      "web/src/routes/+page.svelte:2 reads the environment: only env.ts may",
    ]);
  });

  test.each([
    "api/src/env.ts",
    "sdk/client/src/cli/main.ts",
    "db/src/migrate-cli.ts",
    "scripts/start.ts",
    "tests/x.test.ts",
  ])("is allowed in %s", async (file) => {
    await write(file, "export const port = process.env.API_PORT;");
    expect(await findEnvironmentAccess(root)).toEqual([]);
  });

  test("does not mistake other properties of the process for it", async () => {
    await write("worker/src/main.ts", "process.once('SIGTERM', stop);\nprocess.exitCode = 1;");
    expect(await findEnvironmentAccess(root)).toEqual([]);
  });
});

describe("secrets in git", () => {
  test("a PEM private key is found and not quoted", async () => {
    const { privateKey } = generateKeyPairSync("ed25519", {
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    await write("docs/keys.md", `Use this:\n${privateKey}`);
    expect(await findCommittedSecrets(root)).toEqual(["docs/keys.md holds a private key (PEM)"]);
  });

  test("a private JWK is found, a public one is not", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    await write("tests/fixtures/private.json", JSON.stringify(privateKey.export({ format: "jwk" })));
    await write("tests/fixtures/public.json", JSON.stringify(publicKey.export({ format: "jwk" })));
    expect(await findCommittedSecrets(root)).toEqual(["tests/fixtures/private.json holds a private key (JWK)"]);
  });

  test.each([
    "api/setup-code",
    "data/notes.txt",
    ".env",
    "api/.env.production",
    "sessions/creds.json",
    "backup/old.db",
  ])("%s belongs to an installation", async (file) => {
    await write(file, "harmless");
    expect(await findCommittedSecrets(root)).toEqual([expect.stringContaining(file)]);
  });

  test("files that git ignores and the example of settings are left alone", async () => {
    await write("ignored/creds.json", "{}");
    await write(".env.example", "API_PORT=8787");
    expect(await findCommittedSecrets(root)).toEqual([]);
  });
});

describe("paths that documents cite", () => {
  test("a path that is gone is named with its document", async () => {
    await write("api/src/app.ts", "");
    await write("README.md", "Start at `api/src/app.ts`, then `api/src/gone.ts` and [the guide](docs/guide.md#start).");
    expect(await findDeadDocPaths(root)).toEqual([
      "README.md cites api/src/gone.ts, which is not there",
      "README.md cites docs/guide.md, which is not there",
    ]);
  });

  test("patterns, addresses, other folders, code blocks and frozen records are not paths", async () => {
    await write("api/src/app.ts", "");
    await write("docs/decisions/0001.md", "`api/src/gone.ts`");
    await write(
      "docs/guide.md",
      "`api/src/*.test.ts` `/api/bots` `data/setup-code` [site](https://example.org/x) [top](#top)\n```\n`api/none.ts`\n```\n",
    );
    expect(await findDeadDocPaths(root)).toEqual([]);
  });

  test("a link is read from where its document lies", async () => {
    await write("docs/guide.md", "[records](decisions/0001.md) and [start](../README.md)");
    await write("docs/decisions/0001.md", "");
    expect(await findDeadDocPaths(root)).toEqual(["docs/guide.md cites README.md, which is not there"]);
  });
});

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}
