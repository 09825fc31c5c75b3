import { wrappedSecrets } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { type Bytes, copyBytes, randomBytes } from "../../crypto/bytes.ts";
import { createSigningMaterial, type Keyring, openKeyring } from "../../crypto/keyring.ts";
import type { MasterKey } from "../../crypto/master-key.ts";
import { createP256Material } from "../../crypto/p256.ts";
import type { Clock } from "../../ports/clock.ts";

const PURPOSES = ["index", "pepper", "audit", "signing", "cookie", "erasure", "claims", "encryption"] as const;

/** The database's secrets were wrapped under another master key than the one given. */
export class WrongMasterKeyError extends Error {
  override readonly name = "WrongMasterKeyError";
  readonly expectedId: string;
  readonly givenId: string;
  constructor(expectedId: string, givenId: string) {
    super(`The database was sealed under master key ${expectedId}, but the key given is ${givenId}.`);
    this.expectedId = expectedId;
    this.givenId = givenId;
  }
}

/**
 * Opens the installation's secrets, and makes those that do not exist yet. Two processes may do this at once: the first
 * row of a purpose wins and both use it.
 * @throws WrongMasterKeyError when the secrets were wrapped under another master key
 */
export async function loadKeyring(db: Database, master: MasterKey, clock: Clock): Promise<Keyring> {
  let rows = await db.reader.select().from(wrappedSecrets);
  const missing = PURPOSES.filter((purpose) => !rows.some((row) => row.purpose === purpose));
  for (const row of rows) {
    if (row.masterKeyId !== master.id) throw new WrongMasterKeyError(row.masterKeyId, master.id);
  }
  if (missing.length > 0) {
    await createSecrets(db, master, clock, missing);
    rows = await db.reader.select().from(wrappedSecrets);
  }
  const secrets = rows.map(async (row) => ({
    purpose: row.purpose,
    version: row.version,
    material: await master.unwrap(copyBytes(row.wrapped), contextOf(row.purpose, row.version)),
  }));
  return openKeyring(master, await Promise.all(secrets));
}

/** true when the database holds anything that a master key was needed for, so that a new key would be the wrong one. */
export async function hasSealedData(db: Database): Promise<boolean> {
  const rows = await db.reader.select({ purpose: wrappedSecrets.purpose }).from(wrappedSecrets).limit(1);
  return rows.length > 0;
}

async function createSecrets(db: Database, master: MasterKey, clock: Clock, purposes: readonly Purpose[]) {
  const rows = await Promise.all(
    purposes.map(async (purpose) => ({
      purpose,
      version: 1,
      masterKeyId: master.id,
      wrapped: await master.wrap(await newMaterial(purpose), contextOf(purpose, 1)),
      createdAtMs: clock.nowMs(),
    })),
  );
  await db.write(async (tx) => {
    await tx.insert(wrappedSecrets).values(rows).onConflictDoNothing();
  });
}

type Purpose = (typeof PURPOSES)[number];

function newMaterial(purpose: Purpose): Promise<Bytes> {
  if (purpose === "signing") return createSigningMaterial();
  if (purpose === "encryption") return createP256Material();
  return Promise.resolve(randomBytes(32));
}

const contextOf = (purpose: string, version: number) => ["installation-secret", purpose, String(version)];
