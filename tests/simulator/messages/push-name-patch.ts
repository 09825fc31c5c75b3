import { proto } from "@whiskeysockets/baileys/WAProto/index.js";
import type { SimulatedPhone } from "../accounts/simulated-phone.ts";

const COLLECTION = "critical_block";

/**
 * Encrypts the phone's push name as the first patch of `critical_block`, which is where a new device learns its
 * account's name. The server cannot read it; only devices with the app-state key can.
 */
export async function publishPushName(phone: SimulatedPhone): Promise<void> {
  const { appState, name } = phone.account;
  if (appState.version(COLLECTION) > 0) return;
  // Loaded only now: it brings the whole client library into the process.
  const { encodeSyncdPatch, newLTHashState } = await import("@whiskeysockets/baileys/lib/Utils/chat-utils.js");
  const { keyId, keyData } = phone.appStateKey;
  const { patch } = await encodeSyncdPatch(
    {
      type: COLLECTION,
      index: ["setting_pushName"],
      syncAction: { timestamp: Math.floor(Date.now() / 1000), pushNameSetting: { name } },
      apiVersion: 1,
      operation: proto.SyncdMutation.SyncdOperation.SET,
    },
    keyId.toString("base64"),
    newLTHashState(),
    async () => ({ keyData }),
  );
  if (appState.version(COLLECTION) === 0) appState.append(COLLECTION, proto.SyncdPatch.encode(patch).finish());
}
