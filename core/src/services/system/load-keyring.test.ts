import { wrappedSecrets } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openBatch, sealBatch } from "../../crypto/sealed-content.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { loadKeyring } from "./load-keyring.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const ctx = () => test.as({ kind: "anonymous" });
const load = (db = test.db) => loadKeyring(db, ctx().keyring.master, test.clock);

it("gives an installation that was made before there were encryption keys one at its next start, and keeps the rest", async () => {
  const before = ctx().keyring;
  const others = async () =>
    (await test.db.reader.select().from(wrappedSecrets)).filter(({ purpose }) => purpose !== "encryption");
  const keptRows = await others();
  await test.db.write((tx) => tx.delete(wrappedSecrets).where(eq(wrappedSecrets.purpose, "encryption")));
  const after = await load();
  expect(await others()).toEqual(keptRows);
  expect(after.signing.id).toBe(before.signing.id);
  expect(after.encryption.id).not.toBe(before.encryption.id);
  expect((await load()).encryption).toEqual(after.encryption);
});

it("makes one encryption key, however many processes start at the same time", async () => {
  await test.db.write((tx) => tx.delete(wrappedSecrets).where(eq(wrappedSecrets.purpose, "encryption")));
  const other = await test.openAgain();
  const keyrings = await Promise.all([load(), load(other), load(), load(other)]);
  const [first] = keyrings;
  for (const { encryption } of keyrings) expect(encryption).toEqual(first?.encryption);
});

it("opens what was sealed to its published key, and stores no private half readably", async () => {
  const { encryption, encryptionKeys, jwks } = await load();
  expect(jwks.keys.at(-1)).toEqual({ ...encryption.publicJwk, kid: encryption.id, alg: "ECDH-ES+A256KW", use: "enc" });
  const batch = { botId: "b", leaseId: "l", epoch: 1, seq: 1, set: {} };
  expect(await openBatch(encryptionKeys, await sealBatch(encryption, batch))).toEqual(batch);
  const [row] = await test.db.reader.select().from(wrappedSecrets).where(eq(wrappedSecrets.purpose, "encryption"));
  const pkcs8Start = Buffer.from("308187020100301306072a8648ce3d0201", "hex");
  expect(Buffer.from(row?.wrapped ?? []).includes(pkcs8Start)).toBe(false);
});
