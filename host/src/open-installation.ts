import type { Settings } from "@switchboard/core/config/parse-settings";
import type { ServiceContext } from "@switchboard/core/context";
import { createIds } from "@switchboard/core/crypto/ids";
import { hasSealedData, loadKeyring } from "@switchboard/core/services/system/load-keyring";
import { openDatabase } from "@switchboard/db/client";
import { systemClock } from "./clock.ts";
import { loadMasterKey } from "./master-key-file.ts";
import { serviceSettings } from "./service-settings.ts";

/** What a process has once its database and keys are open: everything of a context but who asks. */
export type Installation = Omit<ServiceContext, "actor" | "request" | "passwords">;

/**
 * Opens database and keys as the settings say; the database must have been migrated.
 * @throws MasterKeyError, WrongMasterKeyError, and the database's errors
 */
export async function openInstallation(settings: Settings): Promise<Installation> {
  const { databaseUrl: url, isEmbedded } = settings.derived;
  const db = await openDatabase({
    url,
    ...(settings.DATABASE_AUTH_TOKEN === null ? {} : { authToken: settings.DATABASE_AUTH_TOKEN }),
  });
  try {
    const master = await loadMasterKey({
      value: settings.MASTER_KEY,
      file: settings.MASTER_KEY_FILE,
      dataDir: settings.DATA_DIR,
      isEmbedded,
      hasSealedData: () => hasSealedData(db),
    });
    const keyring = await loadKeyring(db, master, systemClock);
    return { db, clock: systemClock, ids: createIds(systemClock), keyring, settings: serviceSettings(settings) };
  } catch (err) {
    await db.close();
    throw err;
  }
}
