import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Client } from "@libsql/client";
import { equalBytes, toHex, utf8 } from "@switchboard/core/crypto/bytes";
import { hmac } from "@switchboard/core/crypto/hmac";
import type { SubtleKey } from "@switchboard/core/crypto/subtle-key";
import { z } from "zod";
import { MaintenanceError } from "../failures.ts";

/** Names of the files of a backup. */
export const backupFiles = { database: "switchboard.db", manifest: "manifest.json", masterKey: "master.key" } as const;

const manifestSchema = z.object({
  format: z.literal(1),
  product: z.literal("switchboard"),
  /** Of the product that made it. */
  version: z.string(),
  madeAt: z.iso.datetime(),
  source: z.enum(["file", "server"]),
  database: z.object({ sizeBytes: z.number().int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  migrations: z.array(z.string()),
  /** Fingerprints of the master keys without which nothing in it opens; two while a rotation is under way. */
  masterKeyIds: z.array(z.string()),
  isMasterKeyIncluded: z.boolean(),
  /** The last row of the audit, hex; null without rows, or of rows from before the chain. */
  auditHead: z.object({ sequence: z.number().int(), hash: z.string().nullable() }).nullable(),
  counts: z.record(z.string(), z.number().int()),
});

/** What a backup says of itself. No secret is in it. */
export type BackupManifest = z.infer<typeof manifestSchema>;

const signedSchema = manifestSchema.extend({
  /** HMAC-SHA-256 of all the rest under the installation's audit key, hex: who can write to a backup cannot make another. */
  mac: z.string(),
});

/** The manifest as it is written. */
export type SignedManifest = z.infer<typeof signedSchema>;

/** Signs a manifest with the key that signs the audit. */
export async function signManifest(auditKey: SubtleKey, made: BackupManifest): Promise<SignedManifest> {
  return { ...made, mac: toHex(await hmac(auditKey, bytesOf(made))) };
}

/** true: an installation with one of these audit keys made the backup, and nothing of it was changed. */
export async function isManifestGenuine(auditKeys: readonly SubtleKey[], signed: SignedManifest): Promise<boolean> {
  const macs = await Promise.all(auditKeys.map(async (key) => toHex(await hmac(key, bytesOf(signed)))));
  return macs.some((mac) => equalBytes(utf8(mac), utf8(signed.mac)));
}

/** The same text whatever order the members of the file have. */
const bytesOf = (made: BackupManifest) => utf8(JSON.stringify(manifestSchema.parse(made)));

/** Reads the manifest of a backup. @throws MaintenanceError when the folder holds none that this version reads */
export async function readManifest(folder: string): Promise<SignedManifest> {
  const path = join(folder, backupFiles.manifest);
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null)
    throw new MaintenanceError("no-backup", `${folder} is no backup: there is no ${backupFiles.manifest}.`);
  try {
    return signedSchema.parse(JSON.parse(text));
  } catch {
    throw new MaintenanceError("no-backup", `${path} is not a manifest that this version can read.`);
  }
}

/** SHA-256 of a file, in hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

const COUNTED = ["teams", "users", "bots", "auth_records", "api_keys", "session_tokens", "whatsapp_calls", "audit"];

/** What the database of a backup says of itself: asked of the copy, so that it is of the copy's moment. */
export async function describeCopy(
  copy: Pick<Client, "execute">,
): Promise<Pick<BackupManifest, "migrations" | "masterKeyIds" | "auditHead" | "counts">> {
  const migrations = await copy.execute("SELECT name FROM schema_migrations ORDER BY position");
  const keys = await copy.execute(
    "SELECT master_key_id AS id FROM wrapped_secrets UNION SELECT master_key_id FROM data_keys ORDER BY 1",
  );
  const head = await copy.execute(
    "SELECT sequence, lower(hex(hash)) AS hash FROM audit ORDER BY sequence DESC LIMIT 1",
  );
  const counts: Record<string, number> = {};
  for (const table of COUNTED) {
    const { rows } = await copy.execute(`SELECT count(*) AS rows FROM ${table}`);
    counts[table] = Number(rows[0]?.rows ?? 0);
  }
  const [last] = head.rows;
  return {
    migrations: migrations.rows.map((row) => String(row.name)),
    masterKeyIds: keys.rows.map((row) => String(row.id)),
    auditHead:
      last === undefined ? null : { sequence: Number(last.sequence), hash: last.hash ? String(last.hash) : null },
    counts,
  };
}
