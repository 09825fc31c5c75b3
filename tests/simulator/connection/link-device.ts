import type { Account } from "../accounts/account.ts";
import { LinkedDevice } from "../accounts/linked-device.ts";
import type { SimulatedDevice } from "../accounts/simulated-device.ts";
import { checkPairSign, sealStatement, stateCompanion } from "../identity/adv-identity.ts";
import { childBytes, childNamed, type Stanza, stanza } from "../wire/binary-node.ts";
import { LID_SERVER, PN_SERVER, SERVER_JID } from "../wire/jid.ts";
import type { World } from "../world.ts";
import type { Connection } from "./connection.ts";
import type { Registration } from "./registration.ts";

/** Who links what, and the secret shared through the QR or the code. */
export interface LinkRequest {
  readonly account: Account;
  readonly phone: SimulatedDevice;
  readonly connection: Connection;
  readonly registration: Registration;
  readonly advSecret: Buffer;
  /** Name of a business account; null for a private one. */
  readonly businessName: string | null;
}

/**
 * Sends pair-success, checks the companion's counter-signature and asks it to connect again (515).
 * @throws when the companion's answer is wrong or never comes because it disconnected
 */
export async function linkDevice(world: World, request: LinkRequest): Promise<LinkedDevice> {
  const { account, connection, registration } = request;
  const numbers = account.reserveDevice();
  const statement = stateCompanion(
    request.phone.signal.identity,
    registration.keys.identityKey,
    numbers.keyIndex,
    world.randomness,
  );
  const success = pairSuccess(world, request, numbers.id, sealStatement(statement, request.advSecret));
  const answer = await ask(connection, success);
  const identity = childBytes(childNamed(answer, "pair-device-sign"), "device-identity") ?? Buffer.alloc(0);
  const check = checkPairSign(identity, statement);
  if (!check.isValid) {
    world.judge.report("adv.pair-sign", check.reason);
    connection.close();
    throw new Error(`linking failed: ${check.reason}`);
  }
  const device = new LinkedDevice(account, numbers, registration.keys, {
    statement,
    deviceSignature: check.deviceSignature,
  });
  account.devices.set(device.id, device);
  world.transcript.add("linked", device.jid);
  connection.send(stanza("stream:error", { code: "515" }));
  connection.close();
  return device;
}

function pairSuccess(world: World, request: LinkRequest, deviceId: number, identity: Buffer): Stanza {
  const { account, businessName } = request;
  const jid = account.deviceJid(PN_SERVER, deviceId) ?? undefined;
  const lid = account.deviceJid(LID_SERVER, deviceId) ?? undefined;
  const content = [
    stanza("device-identity", {}, identity),
    stanza("platform", { name: businessName === null ? "android" : "smba" }),
    stanza("device", { jid, lid }),
    ...(businessName === null ? [] : [stanza("biz", { name: businessName })]),
  ];
  const attributes = { from: SERVER_JID, type: "set", id: world.newStanzaId(), xmlns: "md", t: world.timestamp() };
  return stanza("iq", attributes, [stanza("pair-success", {}, content)]);
}

function ask(connection: Connection, query: Stanza): Promise<Stanza> {
  const { promise, resolve, reject } = Promise.withResolvers<Stanza>();
  connection.expectedResults.set(query.attrs.id ?? "", resolve);
  connection.onClose(() => reject(new Error("the companion disconnected while it was being linked")));
  connection.send(query);
  return promise;
}
