import { deflateSync } from "node:zlib";
import { type Attributes, type Stanza, stanza } from "../wire/binary-node.ts";
import type { World } from "../world.ts";

const VOIP_SETTINGS = deflateSync(
  JSON.stringify({ options: { transport_p2p: "1" }, encode: { complexity: "5" }, agc: { mode: "1" } }),
);

/** What the other side sees of a call. */
export interface CallAppearance {
  readonly callId: string;
  /** JID of the calling device, in the address space the call uses. */
  readonly creator: string;
  /** Number of a caller shown by LID; null leaves it out. */
  readonly callerPn: string | null;
  readonly isVideo: boolean;
  /** JID of the group of a group call; null for a call of two. */
  readonly groupJid: string | null;
}

/** Why a call ended, as it stands in `terminate`; null for a plain hang-up. */
export type TerminateReason = "timeout" | "accepted_elsewhere" | "rejected_elsewhere" | "group_call_ended" | null;

/** The first child of a call stanza. */
export type CallChild = "offer" | "offer_notice" | "relaylatency" | "transport" | "preaccept" | "accept" | "ringing";

/** Wraps a child into the `call` stanza of a caller. */
export function callStanza(world: World, attributes: Attributes, child: Stanza): Stanza {
  return stanza(
    "call",
    { ...attributes, id: world.newStanzaId(), platform: "android", version: "2.26.40.70", e: "0" },
    [child],
  );
}

/** The child that announces or accompanies a call. */
export function callChild(world: World, kind: CallChild, call: CallAppearance): Stanza {
  const attributes = { "call-id": call.callId, "call-creator": call.creator };
  switch (kind) {
    case "offer":
      return offer(world, call, attributes);
    case "offer_notice":
      return stanza("offer_notice", {
        ...attributes,
        media: call.isVideo ? "video" : "audio",
        type: "group",
        "group-jid": call.groupJid ?? undefined,
        caller_pn: call.callerPn ?? undefined,
      });
    case "relaylatency":
      return stanza("relaylatency", attributes, [
        stanza("te", { latency: "33554453", relay_name: "fra3c01", relay_id: "0" }, world.randomness.bytes(6)),
      ]);
    case "transport":
      return stanza("transport", { ...attributes, "transport-message-type": "1" }, [
        stanza("te", { priority: "1" }, world.randomness.bytes(6)),
        stanza("net", { protocol: "0", medium: "2" }),
      ]);
    case "preaccept":
    case "accept":
      return stanza(kind, attributes, audio());
    default:
      return stanza(kind, attributes);
  }
}

/** The child that ends a call. The real one carries no number either. */
export function terminateChild(call: CallAppearance, reason: TerminateReason): Stanza {
  return stanza("terminate", { "call-id": call.callId, "call-creator": call.creator, reason: reason ?? undefined });
}

function offer(world: World, call: CallAppearance, attributes: Attributes): Stanza {
  const { randomness } = world;
  const isGroup = call.groupJid !== null;
  return stanza(
    "offer",
    {
      ...attributes,
      caller_pn: call.callerPn ?? undefined,
      "group-jid": call.groupJid ?? undefined,
      joinable: isGroup ? "1" : undefined,
      device_class: "2016",
    },
    [
      ...audio(),
      ...(call.isVideo
        ? [stanza("video", { enc: "h.264", dec: "h.264", orientation: "0", screen_width: "1080" })]
        : []),
      stanza("net", { medium: "3" }),
      stanza("capability", { ver: "1" }, randomness.bytes(7)),
      ...(isGroup ? [stanza("group_info", { media: call.isVideo ? "video" : "audio" })] : []),
      stanza("enc", { type: "pkmsg", v: "2", count: "0" }, randomness.bytes(180)),
      stanza("encopt", { keygen: "2" }),
      relay(world),
      stanza("voip_settings", { uncompressed: "1" }, VOIP_SETTINGS),
    ],
  );
}

function audio(): Stanza[] {
  return [stanza("audio", { enc: "opus", rate: "8000" }), stanza("audio", { enc: "opus", rate: "16000" })];
}

function relay({ randomness }: World): Stanza {
  return stanza("relay", { uuid: randomness.hex(8), self_pid: "1", peer_pid: "3" }, [
    stanza("participant", { pid: "1" }),
    stanza("token", { id: "0" }, randomness.bytes(140)),
    stanza("key", {}, Buffer.from(randomness.bytes(12).toString("base64"))),
    stanza("te2", { relay_id: "0", token_id: "0", relay_name: "fra3c01" }, randomness.bytes(6)),
    stanza("hbh_key", {}, Buffer.from(randomness.bytes(30).toString("base64"))),
  ]);
}
