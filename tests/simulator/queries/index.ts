import { activate } from "../connection/login.ts";
import { removeDevice } from "../connection/remove-device.ts";
import { sendInitialSync } from "../messages/initial-sync.ts";
import { childNamed, stanza } from "../wire/binary-node.ts";
import { SERVER_JID } from "../wire/jid.ts";
import { answerAppState } from "./app-state.ts";
import { answerEncrypt } from "./encrypt.ts";
import { answerGroups } from "./groups.ts";
import type { Answer, Query, QueryHandler } from "./query.ts";
import { answerBlocklist, answerMedia, answerMex, answerPicture, answerPrivacy, answerProps } from "./settings.ts";
import { answerUsync } from "./usync.ts";

const HANDLERS: Readonly<Record<string, QueryHandler>> = {
  abt: answerProps,
  blocklist: answerBlocklist,
  disappearing_mode: acceptSilently,
  encrypt: answerEncrypt,
  md: answerDevices,
  passive: answerPassive,
  privacy: answerPrivacy,
  status: acceptSilently,
  "urn:xmpp:whatsapp:dirty": acceptSilently,
  usync: answerUsync,
  "w:g2": answerGroups,
  "w:m": answerMedia,
  "w:mex": answerMex,
  "w:p": acceptSilently,
  "w:profile:picture": answerPicture,
  "w:stats": acceptSilently,
  "w:sync:app:state": answerAppState,
};

/** Answers a query of a logged-in device, honouring the faults set for it. */
export function answerQuery(query: Query): void {
  const { world, connection, device, iq } = query;
  const xmlns = iq.attrs.xmlns ?? "";
  const faults = world.faultsOf(device.account);
  const fault = faults.takeQuery(xmlns);
  if (fault !== null) {
    if (fault.errorCode !== null) reply(query, { errorCode: fault.errorCode, errorText: "fault" });
    return;
  }
  const answer = HANDLERS[xmlns]?.(query) ?? null;
  if (answer === null) world.judge.reportUnknown(iq, device.jid);
  if (faults.queryDelayMs === 0) reply(query, answer);
  else setTimeout(() => connection.isClosed || reply(query, answer), faults.queryDelayMs);
}

function reply({ connection, iq }: Query, answer: Answer): void {
  const attributes = { from: SERVER_JID, id: iq.attrs.id };
  if (answer === null || "errorCode" in answer) {
    const { errorCode, errorText } = answer ?? { errorCode: 501, errorText: "feature-not-implemented" };
    const error = stanza("error", { code: String(errorCode), text: errorText });
    connection.send(stanza("iq", { ...attributes, type: "error" }, [error]));
    return;
  }
  const content = "content" in answer ? answer.content : answer;
  connection.send(stanza("iq", { ...attributes, type: "result" }, content.length === 0 ? undefined : [...content]));
  if ("afterwards" in answer) answer.afterwards();
}

function acceptSilently(): Answer {
  return [];
}

function answerPassive({ world, connection, device, iq }: Query): Answer {
  if (childNamed(iq, "active") === undefined) return [];
  return {
    content: [],
    afterwards: () => {
      activate(world, connection, device);
      sendInitialSync(world, device);
    },
  };
}

function answerDevices({ world, connection, device, iq }: Query): Answer {
  if (childNamed(iq, "remove-companion-device") === undefined) return null;
  return {
    content: [],
    afterwards: () => {
      world.transcript.add("logged-out", device.jid);
      removeDevice(device);
      connection.close();
    },
  };
}
