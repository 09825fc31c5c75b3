import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPrivateP256 } from "@switchboard/core/crypto/p256";
import { recipientKeys } from "@switchboard/db/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSbTest, type SbTest, signInOwner } from "./support.ts";

let sb: SbTest;
let team: Awaited<ReturnType<typeof signInOwner>>;
let folder: string;
let serial = 0;

beforeAll(async () => {
  sb = await createSbTest();
  team = await signInOwner(sb);
  folder = await mkdtemp(join(tmpdir(), "sb-recipients-"));
});
afterAll(async () => {
  await sb.dispose();
  await rm(folder, { recursive: true });
});

async function newKey(): Promise<{ readonly id: string; readonly name: string }> {
  serial += 1;
  return team.json(["keys", "create", `reader ${serial}`, "--scopes", "session:read"]);
}

async function newFiles() {
  serial += 1;
  const [privateFile, publicFile] = [join(folder, `${serial}.jwk`), join(folder, `${serial}.pub.jwk`)];
  const made = await team.run(["keys", "recipient", "create", "--out", privateFile]);
  await writeFile(publicFile, made.stdout);
  return { privateFile, publicFile, made };
}

describe("keys recipient", () => {
  it("makes a private key that only its owner may read, shows the public half, and never overwrites one", async () => {
    const { privateFile, made } = await newFiles();
    expect((await stat(privateFile)).mode & 0o777).toBe(0o600);
    const privateJwk = JSON.parse(await readFile(privateFile, "utf8"));
    const { publicJwk } = await openPrivateP256(privateJwk);
    expect(JSON.parse(made.stdout)).toEqual(publicJwk);
    expect(made.stdout + made.stderr).not.toContain(privateJwk.d);
    const again = await team.run(["keys", "recipient", "create", "--out", privateFile]);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("exists") });
    expect(JSON.parse(await readFile(privateFile, "utf8"))).toEqual(privateJwk);
  });

  it("registers a key in three steps, of which the signing needs neither api nor sign-in", async () => {
    const key = await newKey();
    const { privateFile, publicFile } = await newFiles();
    const asked = await team.json(["keys", "recipient", "challenge", key.name, "--public", publicFile]);
    const sign = ["keys", "recipient", "sign", "--private", privateFile, "--key-id", asked.keyId];
    const signed = await team.run([...sign, "--challenge", asked.challenge, "--url", "http://127.0.0.1:1"]);
    expect(signed.exitCode).toBe(0);
    const set = ["keys", "recipient", "set", key.name, "--public", publicFile, "--proof", signed.stdout.trim()];
    const answer = await team.json(set);
    expect(answer).toMatchObject({ keyId: key.id, recipient: { thumbprint: asked.thumbprint } });
    expect(await team.json(["keys", "recipient", "show", key.name])).toEqual(answer);
    expect((await team.run(["keys", "recipient", "show", key.name])).stdout).toContain(asked.thumbprint);
  });

  it("registers a key of this machine at once, and its private half is sent nowhere", async () => {
    const key = await newKey();
    const { privateFile } = await newFiles();
    expect(await team.json(["keys", "recipient", "set", key.id, "--private", privateFile])).toMatchObject({
      recipient: { registeredBy: expect.stringMatching(/^(user|personal-access-token):/) },
    });
    const { d } = JSON.parse(await readFile(privateFile, "utf8"));
    expect(JSON.stringify(await sb.test.db.reader.select().from(recipientKeys))).not.toContain(d);
    await team.run(["keys", "recipient", "remove", key.id]);
    expect(await team.json(["keys", "recipient", "show", key.id])).toEqual({ keyId: key.id, recipient: null });
  });

  it("says what is wrong with a proof, a file, or the options", async () => {
    const key = await newKey();
    const { privateFile, publicFile } = await newFiles();
    const set = ["keys", "recipient", "set", key.id];
    const wrong = await team.run([...set, "--public", publicFile, "--proof", "nonsense"]);
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("compact JWS") });
    expect(await team.run(set)).toMatchObject({ exitCode: 2 });
    expect(await team.run([...set, "--private", privateFile, "--proof", "x"])).toMatchObject({ exitCode: 2 });
    const missing = await team.run([...set, "--private", join(folder, "none")]);
    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("cannot be read") });
    const sign = ["keys", "recipient", "sign", "--private", publicFile, "--key-id", key.id, "--challenge", "x"];
    expect(await team.run(sign)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("public key only") });
    await writeFile(join(folder, "text"), "not a key");
    const text = await team.run(["keys", "recipient", "challenge", key.id, "--public", join(folder, "text")]);
    expect(text).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("no P-256 key") });
  });
});
