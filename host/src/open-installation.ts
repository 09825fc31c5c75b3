import type { Settings } from "@switchboard/core/config/parse-settings";
import type { ServiceContext } from "@switchboard/core/context";
import { createIds } from "@switchboard/core/crypto/ids";
import type { MasterKeys } from "@switchboard/core/crypto/master-key";
import { hasSealedData, loadKeyring } from "@switchboard/core/services/system/load-keyring";
import { openDatabase } from "@switchboard/db/client";
import type { Database } from "@switchboard/db/types";
import { systemClock } from "./clock.ts";
import { openMasterKeys } from "./master-key-file.ts";
import { serviceSettings } from "./service-settings.ts";

/** What a process has once its database and keys are open: everything of a context but who asks. */
export type Installation = Omit<ServiceContext, "actor" | "request" | "passwords">;

/**
 * Opens database and keys as the settings say; the database must have been migrated.
 * @throws MasterKeyError, WrongMasterKeyError, and the database's errors
 */
export async function openInstallation(settings: Settings): Promise<Installation> {
  const db = await openInstallationDatabase(settings);
  try {
    const keyring = await loadKeyring(db, await openInstallationKeys(settings, db), systemClock);
    return { db, clock: systemClock, ids: createIds(systemClock), keyring, settings: serviceSettings(settings) };
  } catch (err) {
    await db.close();
    throw err;
  }
}

/** The database alone, as the settings say. @throws the database's errors */
export const openInstallationDatabase = (settings: Settings): Promise<Database> =>
  openDatabase({
    url: settings.derived.databaseUrl,
    ...(settings.DATABASE_AUTH_TOKEN === null ? {} : { authToken: settings.DATABASE_AUTH_TOKEN }),
  });

/** The master keys of this machine, as the settings say. @throws MasterKeyError */
export const openInstallationKeys = (settings: Settings, db: Database): Promise<MasterKeys> =>
  openMasterKeys({
    value: settings.MASTER_KEY,
    previousValue: settings.MASTER_KEY_PREVIOUS,
    file: settings.MASTER_KEY_FILE,
    dataDir: settings.DATA_DIR,
    isEmbedded: settings.derived.isEmbedded,
    hasSealedData: () => hasSealedData(db),
  });
