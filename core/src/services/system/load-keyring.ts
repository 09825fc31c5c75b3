import { wrappedSecrets } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { type Bytes, copyBytes, randomBytes } from "../../crypto/bytes.ts";
import { createSigningMaterial, type InstallationSecret, type Keyring, openKeyring } from "../../crypto/keyring.ts";
import type { MasterKeys } from "../../crypto/master-key.ts";
import { createP256Material } from "../../crypto/p256.ts";
import type { Clock } from "../../ports/clock.ts";
import { isWrappingKey, wrappingKey } from "../keys-rotation/master-key-state.ts";

export { WrongMasterKeyError } from "../../crypto/master-key.ts";

const PURPOSES = ["index", "pepper", "audit", "signing", "cookie", "erasure", "claims", "encryption"] as const;

/** Rotations that may come in between while the first secrets are made; more than one is none that ends. */
const TRIES_MAX = 5;

/**
 * Opens the installation's secrets, and makes those that do not exist yet. Two processes may do this at once: the first
 * row of a purpose wins and both use it.
 * @throws WrongMasterKeyError when the secrets were wrapped under a master key that is not among those given
 */
export async function loadKeyring(db: Database, masterKeys: MasterKeys, clock: Clock): Promise<Keyring> {
  for (let tries = 1; ; tries += 1) {
    const rows = await db.reader.select().from(wrappedSecrets);
    const secrets = await Promise.all(rows.map((row) => openSecret(masterKeys, row)));
    const missing = PURPOSES.filter((purpose) => !rows.some((row) => row.purpose === purpose));
    if (missing.length === 0 || tries > TRIES_MAX) return openKeyring(masterKeys, secrets);
    await createSecrets(db, masterKeys, clock, missing);
  }
}

/** Opens one secret. @throws WrongMasterKeyError; SealBrokenError when the row was altered or moved */
export async function openSecret(
  masterKeys: MasterKeys,
  row: Pick<typeof wrappedSecrets.$inferSelect, "purpose" | "version" | "masterKeyId" | "wrapped">,
): Promise<InstallationSecret> {
  const { purpose, version } = row;
  const master = await masterKeys.find(row.masterKeyId);
  return { purpose, version, material: await master.unwrap(copyBytes(row.wrapped), secretContext(purpose, version)) };
}

/** true when the database holds anything that a master key was needed for, so that a new key would be the wrong one. */
export async function hasSealedData(db: Database): Promise<boolean> {
  const rows = await db.reader.select({ purpose: wrappedSecrets.purpose }).from(wrappedSecrets).limit(1);
  return rows.length > 0;
}

async function createSecrets(db: Database, masterKeys: MasterKeys, clock: Clock, purposes: readonly Purpose[]) {
  const master = await wrappingKey(db.reader, masterKeys);
  const rows = await Promise.all(
    purposes.map(async (purpose) => ({
      purpose,
      version: 1,
      masterKeyId: master.id,
      wrapped: await master.wrap(await newMaterial(purpose), secretContext(purpose, 1)),
      createdAtMs: clock.nowMs(),
    })),
  );
  await db.write(async (tx) => {
    if (await isWrappingKey(tx, master.id)) await tx.insert(wrappedSecrets).values(rows).onConflictDoNothing();
  });
}

type Purpose = (typeof PURPOSES)[number];

function newMaterial(purpose: Purpose): Promise<Bytes> {
  if (purpose === "signing") return createSigningMaterial();
  if (purpose === "encryption") return createP256Material();
  return Promise.resolve(randomBytes(32));
}

/** What a secret of the installation is bound to. */
export const secretContext = (purpose: string, version: number): readonly string[] => [
  "installation-secret",
  purpose,
  String(version),
];
