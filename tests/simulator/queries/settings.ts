import { randomUUID } from "node:crypto";
import { childNamed, childrenNamed, stanza } from "../wire/binary-node.ts";
import { LID_SERVER, parseJid } from "../wire/jid.ts";
import { type Answer, BAD_REQUEST, ITEM_NOT_FOUND, type Query } from "./query.ts";

/** Namespace `abt`: server properties. None are set, so clients use their defaults. */
export function answerProps(): Answer {
  return [stanza("props", { protocol: "1", ab_key: "simulator", hash: "simulator-1", refresh: "86400" })];
}

/** Namespace `blocklist`. Blocking needs the LID and, in `pn_jid`, the number of the same person. */
export function answerBlocklist({ world, device, iq, isSet }: Query): Answer {
  const { blocked } = device.account;
  if (!isSet) return [listOf(blocked)];
  const item = childNamed(iq, "item");
  const account = world.accountOf(item?.attrs.jid);
  const isLid = parseJid(item?.attrs.jid)?.server === LID_SERVER;
  if (item === undefined || account === null || !isLid) return BAD_REQUEST;
  if (item.attrs.action === "unblock") blocked.delete(account);
  else if (world.accountOf(item.attrs.pn_jid) === account) blocked.add(account);
  else return BAD_REQUEST;
  world.transcript.add("blocklist-changed", device.jid, { action: item.attrs.action, jid: item.attrs.jid });
  return [listOf(blocked)];
}

/** Namespace `privacy`: settings, and the tokens a client issues to those it writes to. */
export function answerPrivacy({ world, device, iq, isSet }: Query): Answer {
  const { privacy } = device.account;
  const tokens = childNamed(iq, "tokens");
  if (tokens !== undefined) {
    world.transcript.add("tokens-issued", device.jid, {
      to: childrenNamed(tokens, "token").map(({ attrs }) => attrs.jid),
    });
    return [];
  }
  if (isSet) {
    for (const { attrs } of childrenNamed(childNamed(iq, "privacy"), "category")) {
      if (attrs.name === undefined || attrs.value === undefined) return BAD_REQUEST;
      privacy.set(attrs.name, attrs.value);
    }
  }
  return [
    stanza(
      "privacy",
      {},
      [...privacy].map(([name, value]) => stanza("category", { name, value })),
    ),
  ];
}

/** Namespace `w:mex`: the state of the reach-out time-lock and of the new-chat quota. */
export function answerMex({ world, device, iq }: Query): Answer {
  const queryId = childNamed(iq, "query")?.attrs.query_id;
  if (queryId === TIMELOCK_QUERY) {
    const { isActive, endsAt, enforcementType } = world.faultsOf(device.account).timelock;
    return [
      mexResult("xwa2_fetch_account_reachout_timelock", {
        is_active: isActive,
        time_enforcement_ends: endsAt === null ? null : world.timestamp(endsAt),
        enforcement_type: enforcementType,
      }),
    ];
  }
  if (queryId !== CAPPING_QUERY) return null;
  return [mexResult("xwa2_message_capping_info", { total_quota: 0, used_quota: 0, capping_status: "NONE" })];
}

/** Namespace `w:profile:picture`: nobody has a picture; setting one is accepted and forgotten. */
export function answerPicture({ isSet }: Query): Answer {
  return isSet ? [stanza("picture", { id: "1" })] : ITEM_NOT_FOUND;
}

/** Namespace `w:m`: where media would go. The host does not exist, so uploads fail at once. */
export function answerMedia(): Answer {
  const host = stanza("host", { hostname: "media.invalid", maxContentLengthBytes: "1048576" });
  return [stanza("media_conn", { auth: randomUUID(), ttl: "3600" }, [host])];
}

// Query ids of Baileys, lib/Types/Mex.js.
const TIMELOCK_QUERY = "23983697327930364";
const CAPPING_QUERY = "24503548349331633";

function mexResult(path: string, value: object) {
  return stanza("result", {}, Buffer.from(JSON.stringify({ data: { [path]: value } })));
}

function listOf(blocked: ReadonlySet<{ readonly lidJid: string | null }>) {
  const items = [...blocked].map(({ lidJid }) => stanza("item", { jid: lidJid ?? undefined }));
  return stanza("list", { dhash: String(items.length) }, items);
}
