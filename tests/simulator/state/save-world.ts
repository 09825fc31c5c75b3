import { LinkedDevice } from "../accounts/linked-device.ts";
import { SimulatedDevice } from "../accounts/simulated-device.ts";
import type { SimulatedPerson } from "../accounts/simulated-person.ts";
import { SimulatedPhone } from "../accounts/simulated-phone.ts";
import type { World } from "../world.ts";
import type { SavedPerson, SavedWorld } from "./world-state.ts";

type SavedLinkedDevice = SavedPerson["linkedDevices"][number];

/**
 * Everything that must survive a restart for linked clients to go on: people, devices, keys, sessions. Calls,
 * undelivered stanzas, inboxes and faults are not part of it.
 */
export function saveWorld(world: World): SavedWorld {
  return {
    version: 1,
    root: toBase64(world.authority.root.privateKey),
    staticKey: toBase64(world.authority.staticKey.privateKey),
    people: [...world.people].map(savePerson),
  };
}

function savePerson(person: SimulatedPerson): SavedPerson {
  const { account } = person;
  const devices = [...account.devices.values()];
  return {
    phoneNumber: account.phoneNumber,
    lidUser: account.lidUser,
    name: account.name,
    isLidTold: account.isLidTold,
    privacy: [...account.privacy],
    blocked: [...account.blocked].map(({ id }) => id),
    simulatedDevices: devices
      .filter((device) => device instanceof SimulatedDevice)
      .map(({ id, keyIndex, signal }) => ({ id, keyIndex, signal: copySignal(signal.toState()) })),
    linkedDevices: devices.filter((device) => device instanceof LinkedDevice).map(saveLinkedDevice),
    phone: person instanceof SimulatedPhone ? savePhone(person) : null,
    appState: account.appState.collections.map(([name, patches]) => [name, patches.map(toBase64)]),
  };
}

function savePhone({ contacts, appStateKey, businessName }: SimulatedPhone): SavedPerson["phone"] {
  return {
    contacts: contacts.map(({ account }) => account.id),
    keyId: toBase64(appStateKey.keyId),
    keyData: toBase64(appStateKey.keyData),
    businessName,
  };
}

function saveLinkedDevice(device: LinkedDevice): SavedLinkedDevice {
  const { statement, signedPreKey } = device;
  return {
    id: device.id,
    keyIndex: device.keyIndex,
    noiseKey: toBase64(device.noiseKey),
    identityKey: toBase64(device.identityKey),
    registrationId: device.registrationId,
    signedPreKey: {
      id: signedPreKey.id,
      publicKey: toBase64(signedPreKey.publicKey),
      signature: toBase64(signedPreKey.signature),
    },
    statement: {
      details: toBase64(statement.details),
      accountKey: toBase64(statement.accountKey),
      accountSignature: toBase64(statement.accountSignature),
    },
    deviceSignature: toBase64(device.deviceSignature),
    preKeys: [...device.preKeys].map(([id, key]) => [id, toBase64(key)]),
    knownPreKeys: [...device.knownPreKeys],
    isHistorySent: device.isHistorySent,
  };
}

function copySignal(state: ReturnType<SimulatedDevice["signal"]["toState"]>) {
  return {
    ...state,
    preKeys: state.preKeys.map(([id, key]): [number, string] => [id, key]),
    sessions: state.sessions.map(([peer, record]): [string, Record<string, unknown>] => [peer, record]),
  };
}

function toBase64(bytes: Buffer): string {
  return bytes.toString("base64");
}
