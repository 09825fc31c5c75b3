import type { ServiceContext } from "@switchboard/core/context";
import { createIds } from "@switchboard/core/crypto/ids";
import type { Keyring } from "@switchboard/core/crypto/keyring";
import { type MasterKeys, masterKeySet, openMasterKey } from "@switchboard/core/crypto/master-key";
import { loadKeyring } from "@switchboard/core/services/system/load-keyring";
import { createOpenForRequest } from "@switchboard/db/client-edge";
import type { Database } from "@switchboard/db/types";
import { systemClock } from "@switchboard/host/clock";
import { serviceSettings } from "@switchboard/host/service-settings";
import type { EdgeSettings } from "./bindings.ts";

/** What a request has once its database and the keys are open: everything of a context but who asks. */
export type RequestInstallation = Omit<ServiceContext, "actor" | "request" | "passwords">;

/**
 * Opens the installation for one request after the other. Keys are kept for the next request once they are there; never a
 * promise of them, since no request may wait for what another one began.
 */
export function createOpenInstallation(given: EdgeSettings): () => Promise<RequestInstallation> {
  const { settings } = given;
  const open = createOpenForRequest({
    url: settings.derived.databaseUrl,
    authToken: settings.DATABASE_AUTH_TOKEN ?? undefined,
  });
  let kept: Keyring | null = null;
  const keyringOf = async (db: Database): Promise<Keyring> => {
    kept ??= await loadKeyring(db, await openKeys(given), systemClock);
    return kept;
  };
  return async () => {
    const db = open();
    const keyring = await keyringOf(db);
    return { db, clock: systemClock, ids: createIds(systemClock), keyring, settings: serviceSettings(settings) };
  };
}

async function openKeys({ masterKey, previousMasterKey }: EdgeSettings): Promise<MasterKeys> {
  const previous = previousMasterKey === null ? [] : [await openMasterKey(previousMasterKey)];
  return masterKeySet(await openMasterKey(masterKey), ...previous);
}
