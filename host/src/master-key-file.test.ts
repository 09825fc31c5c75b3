import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MasterKeyError, openMasterKeys } from "./master-key-file.ts";

describe("the master key file", () => {
  let dataDir = "";
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "switchboard-key-"));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  const source = (changes = {}) => ({
    value: null,
    previousValue: null,
    file: null,
    dataDir,
    isEmbedded: true,
    hasSealedData: () => Promise.resolve(false),
    ...changes,
  });

  it("is made once on the embedded default, readable by its owner only, and is the same key afterwards", async () => {
    const first = await openMasterKeys(source());
    expect((await stat(join(dataDir, "master.key"))).mode & 0o777).toBe(0o600);
    expect((await openMasterKeys(source())).current.id).toBe(first.current.id);
  });

  it("is one key when two processes make it at once", async () => {
    const keys = await Promise.all([openMasterKeys(source()), openMasterKeys(source())]);
    expect(new Set(keys.map((key) => key.current.id)).size).toBe(1);
  });

  it("is never made anew while the database holds sealed data: the error names the file", async () => {
    const wanted = source({ hasSealedData: () => Promise.resolve(true) });
    await expect(openMasterKeys(wanted)).rejects.toThrow(join(dataDir, "master.key"));
    await expect(stat(join(dataDir, "master.key"))).rejects.toThrow("ENOENT");
  });

  it("is never made for a remote database or under a name somebody gave", async () => {
    await expect(openMasterKeys(source({ isEmbedded: false }))).rejects.toBeInstanceOf(MasterKeyError);
    await expect(openMasterKeys(source({ file: join(dataDir, "own.key") }))).rejects.toBeInstanceOf(MasterKeyError);
  });

  it("is refused when it is not 32 bytes, without its content in the error", async () => {
    await writeFile(join(dataDir, "master.key"), "canary-too-short\n");
    const failure = await openMasterKeys(source()).catch((err: unknown) => String(err));
    expect(failure).toContain("must be 32 bytes");
    expect(failure).not.toContain("canary");
  });

  it("may come from a variable, and then no file is read or written", async () => {
    const value = Buffer.alloc(32, 7).toString("base64url");
    expect((await openMasterKeys(source({ value }))).current.id).toHaveLength(16);
    await expect(readFile(join(dataDir, "master.key"))).rejects.toThrow("ENOENT");
  });
});
