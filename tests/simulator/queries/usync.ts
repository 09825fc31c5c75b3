import type { Account } from "../accounts/account.ts";
import { childNamed, childrenNamed, childrenOf, contentText, type Stanza, stanza } from "../wire/binary-node.ts";
import { formatJid, LID_SERVER, PN_SERVER, parseJid } from "../wire/jid.ts";
import type { World } from "../world.ts";
import type { Answer, Query } from "./query.ts";

/** Namespace `usync`: who exists, with which devices and which LID. */
export function answerUsync({ world, iq }: Query): Answer {
  const usync = childNamed(iq, "usync");
  const protocols = childrenOf(childNamed(usync, "query")).map(({ tag }) => tag);
  if (usync === undefined || protocols.length === 0) return null;
  const asked = childrenNamed(childNamed(usync, "list"), "user").map((user) => answerUser(world, user, protocols));
  const users = new Map(asked.map((user) => [user.attrs.jid, user])).values();
  const attributes = { sid: usync.attrs.sid, mode: usync.attrs.mode, last: "true", index: "0" };
  const result = stanza(
    "result",
    {},
    protocols.map((tag) => stanza(tag)),
  );
  return [stanza("usync", { ...attributes, context: usync.attrs.context }, [result, stanza("list", {}, [...users])])];
}

function answerUser(world: World, user: Stanza, protocols: readonly string[]): Stanza {
  const number = contentText(childNamed(user, "contact"))?.replace(/\D/g, "");
  const jid = user.attrs.jid ?? (number === undefined ? "" : formatJid(number, PN_SERVER));
  const account = world.accountOf(jid);
  const nodes = protocols.map((protocol) => answerProtocol(account, jid, protocol));
  return stanza(
    "user",
    { jid },
    nodes.filter((node) => node !== null),
  );
}

function answerProtocol(account: Account | null, jid: string, protocol: string): Stanza | null {
  switch (protocol) {
    case "devices":
      return deviceList(account);
    case "lid":
      // The LID of somebody asked for by LID is not repeated: clients take it for a number.
      return account?.lidJid && account.isLidTold && parseJid(jid)?.server !== LID_SERVER
        ? stanza("lid", { val: account.lidJid })
        : null;
    case "contact":
      return stanza("contact", { type: account === null ? "out" : "in" });
    case "status":
      return stanza("status", { t: "0" }, Buffer.from("Available"));
    case "disappearing_mode":
      return stanza("disappearing_mode", { duration: "0", t: "0" });
    default:
      return null;
  }
}

function deviceList(account: Account | null): Stanza {
  const devices = [...(account?.devices.values() ?? [])].map(({ id, keyIndex }) =>
    stanza("device", { id: String(id), "key-index": keyIndex === null ? undefined : String(keyIndex) }),
  );
  return stanza("devices", {}, [stanza("device-list", {}, devices)]);
}
