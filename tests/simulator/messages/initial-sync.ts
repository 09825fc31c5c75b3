import { deflateSync } from "node:zlib";
import { proto } from "@whiskeysockets/baileys/WAProto/index.js";
import { peerName } from "../accounts/account.ts";
import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { SimulatedPhone } from "../accounts/simulated-phone.ts";
import { type MessageBody, padMessage } from "../signal/padding.ts";
import { stanza } from "../wire/binary-node.ts";
import type { World } from "../world.ts";
import { publishPushName } from "./push-name-patch.ts";

const { HistorySyncType } = proto.HistorySync;
const { Type } = proto.Message.ProtocolMessage;

/**
 * Has the own phone send a new device the app-state key and the history, once. Without it a client waits 20 s for it.
 */
export function sendInitialSync(world: World, device: LinkedDevice): void {
  const phone = world.phoneOf(device.account);
  if (phone === null || device.isHistorySent || !phone.isHistoryShared) return;
  device.isHistorySent = true;
  sendAll(world, phone, device).catch((err: unknown) => {
    world.transcript.add("history-failed", device.jid, { reason: String(err) });
  });
}

async function sendAll(world: World, phone: SimulatedPhone, device: LinkedDevice): Promise<void> {
  await publishPushName(phone);
  await sendPeerMessage(world, phone, device, keyShare(phone));
  for (const history of histories(phone)) await sendPeerMessage(world, phone, device, historyMessage(history));
  world.transcript.add("history-sent", device.jid);
}

/** Sends a message from the own phone to one linked device, as `category=peer`. Returns its id. */
export async function sendPeerMessage(
  world: World,
  phone: SimulatedPhone,
  device: LinkedDevice,
  body: MessageBody,
): Promise<string> {
  const { signal } = phone.device();
  const plaintext = padMessage(body, world.randomness);
  const ciphertext = await signal.encrypt(peerName(device), plaintext, () => device.takeBundle());
  const id = `3A${world.randomness.hex(9)}`;
  const attributes = {
    id,
    from: device.account.pnJid ?? undefined,
    type: "text",
    category: "peer",
    push_priority: "high_force",
    t: world.timestamp(),
  };
  const enc = stanza("enc", { v: "2", type: ciphertext.type }, ciphertext.body);
  device.deliver(stanza("message", attributes, [enc]));
  return id;
}

function keyShare(phone: SimulatedPhone): MessageBody {
  const { keyId, keyData } = phone.appStateKey;
  const fingerprint = { rawId: 1, currentIndex: 1, deviceIndexes: [0] };
  const key = { keyId: { keyId }, keyData: { keyData, fingerprint, timestamp: Math.floor(Date.now() / 1000) } };
  return protocolMessage({ type: Type.APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare: { keys: [key] } });
}

function histories(phone: SimulatedPhone): proto.IHistorySync[] {
  const mappings = phone.contacts
    .filter(({ account }) => account.pnJid !== null && account.lidJid !== null)
    .map(({ account }) => ({ pnJid: account.pnJid, lidJid: account.lidJid }));
  const pushnames = phone.contacts.map(({ jid, account }) => ({ id: jid, pushname: account.name }));
  const conversations = phone.contacts.map(({ jid, account }) => ({ id: jid, name: account.name }));
  return [
    {
      syncType: HistorySyncType.INITIAL_BOOTSTRAP,
      conversations,
      phoneNumberToLidMappings: mappings,
      chunkOrder: 1,
      progress: 10,
    },
    { syncType: HistorySyncType.PUSH_NAME, pushnames },
    { syncType: HistorySyncType.RECENT, conversations: [], chunkOrder: 1, progress: 100 },
  ];
}

function historyMessage(history: proto.IHistorySync): MessageBody {
  const payload = deflateSync(proto.HistorySync.encode(proto.HistorySync.fromObject(history)).finish());
  const historySyncNotification = {
    syncType: toNotificationType(history.syncType),
    chunkOrder: history.chunkOrder ?? 0,
    progress: history.progress ?? 0,
    initialHistBootstrapInlinePayload: payload,
  };
  return protocolMessage({ type: Type.HISTORY_SYNC_NOTIFICATION, historySyncNotification });
}

function toNotificationType(type: proto.HistorySync.HistorySyncType | null | undefined) {
  switch (type) {
    case HistorySyncType.INITIAL_BOOTSTRAP:
      return proto.Message.HistorySyncType.INITIAL_BOOTSTRAP;
    case HistorySyncType.PUSH_NAME:
      return proto.Message.HistorySyncType.PUSH_NAME;
    default:
      return proto.Message.HistorySyncType.RECENT;
  }
}

function protocolMessage(content: proto.Message.IProtocolMessage): MessageBody {
  return { protocolMessage: content };
}
