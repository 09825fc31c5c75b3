import { generateSignalPubKey, type LIDMapping } from "@whiskeysockets/baileys";
import type { Medium } from "./medium.ts";
import type { Network, OutgoingStanza } from "./socket-model.ts";
import type { World } from "./world.ts";

/** One life's connection to WhatsApp. */
export interface Connection {
  readonly medium: Medium;
  isCut(): boolean;
  /** Called as a stanza is about to leave, and again when it has left. */
  onSend(): void;
}

/** WhatsApp as the bot's socket sees it, for as long as the connection is not cut. */
export function connect(world: World, { medium, isCut, onSend }: Connection): Network {
  const assertConnected = () => {
    if (isCut()) throw new Error("the process was killed");
  };
  const travel = async () => {
    await medium();
    assertConnected();
  };
  return {
    fetchBundle: async (jid) => {
      await travel();
      return world.contactOf(jid).makeBundle();
    },
    lookUpLids: async (pns) => {
      await travel();
      return pns.map((pn): LIDMapping => ({ pn, lid: world.contactOf(pn).lid }));
    },
    send: async (stanza) => {
      onSend();
      assertConnected();
      leave(world, stanza);
      onSend();
      await travel();
    },
    uploadPreKeys: async (preKeys) => {
      await travel();
      for (const [id, pair] of Object.entries(preKeys)) {
        world.wire.passPreKey(id, pair.public);
        world.preKeys.push({ keyId: Number(id), publicKey: generateSignalPubKey(pair.public) });
      }
    },
    issueToken: async () => {
      await travel();
      await travel();
      return Buffer.from("token");
    },
    nextCommit: () => world.disk.nextCommit,
  };
}

function leave(world: World, { text, parts, group }: OutgoingStanza): void {
  for (const { jid, enc, encryptedFrom } of parts) world.wire.pass(enc, sessionRecordOf(world, jid), encryptedFrom);
  if (group) world.wire.pass(group.enc, `sender-key:${group.id}`, Number.POSITIVE_INFINITY);
  for (const jid of group?.members ?? parts.map((part) => part.jid)) {
    const encs = parts.filter((part) => part.jid === jid).map(({ enc }) => enc);
    if (group) encs.push(group.enc);
    world.contactReceives(jid, encs, group?.id, text);
  }
}

/** Sessions are stored under the contact's LID, device 0. */
function sessionRecordOf(world: World, jid: string): string {
  return `session:${world.contactOf(jid).lid.split("@")[0]}_1.0`;
}
