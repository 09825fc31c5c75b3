import { SimulatedDevice } from "../accounts/simulated-device.ts";
import type { Connection } from "../connection/connection.ts";
import { finishCode, requestCode } from "../connection/pairing-code.ts";
import type { Registration } from "../connection/registration.ts";
import { childNamed, type Stanza, stanza } from "../wire/binary-node.ts";
import { formatJid, PN_SERVER, SERVER_JID } from "../wire/jid.ts";
import type { World } from "../world.ts";

interface Reply {
  readonly content: readonly Stanza[];
  readonly afterwards: () => void;
}

/** Answers a query of a companion that is not linked yet: pings, and the two steps of a pairing by code. */
export function answerBeforeLogin(world: World, connection: Connection, registration: Registration, iq: Stanza): void {
  const attributes = { from: SERVER_JID, id: iq.attrs.id };
  const reply = replyTo(world, registration, iq);
  if (reply === null) {
    const error = stanza("error", { code: "400", text: "bad-request" });
    connection.send(stanza("iq", { ...attributes, type: "error" }, [error]));
    return;
  }
  connection.send(stanza("iq", { ...attributes, type: "result" }, [...reply.content]));
  reply.afterwards();
}

/** Judges a stanza other than a query that comes before login. */
export function judgeBeforeLogin(world: World, connection: Connection, received: Stanza): void {
  // The link's notification is acknowledged before login, and clients send telemetry after pair-success.
  const isExpected = received.tag === "ib" || received.tag === "presence";
  const isLinkAck = received.tag === "ack" && received.attrs.class === "notification";
  if (isExpected || (isLinkAck && (connection.registration?.codeRequest || connection.registration?.isPasskeyAsked)))
    return;
  world.judge.report("stanza.before-login", `<${received.tag}> before login`);
}

function replyTo(world: World, registration: Registration, iq: Stanza): Reply | null {
  if (iq.attrs.xmlns === "w:p") return { content: [], afterwards: () => undefined };
  const request = childNamed(iq, "link_code_companion_reg");
  switch (request?.attrs.stage) {
    case "companion_hello": {
      const content = requestCode(world, registration, request);
      return content && { content, afterwards: () => undefined };
    }
    case "companion_finish":
      return finishByCode(world, registration, request);
    default:
      world.judge.reportUnknown(iq);
      return null;
  }
}

function finishByCode(world: World, registration: Registration, request: Stanza): Reply | null {
  const number = registration.codeRequest?.phoneNumber ?? "";
  const phone = world.accountOf(formatJid(number, PN_SERVER))?.devices.get(0);
  if (!(phone instanceof SimulatedDevice)) return null;
  const finished = finishCode(world, registration, phone.signal.identity, request);
  if (finished === null) return null;
  return { content: [], afterwards: () => finished.offer.settle({ advSecret: finished.advSecret }) };
}
