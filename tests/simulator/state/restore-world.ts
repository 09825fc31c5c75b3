import { Account } from "../accounts/account.ts";
import { LinkedDevice } from "../accounts/linked-device.ts";
import { SimulatedDevice } from "../accounts/simulated-device.ts";
import { SimulatedPerson } from "../accounts/simulated-person.ts";
import { SimulatedPhone } from "../accounts/simulated-phone.ts";
import { keyPairFromPrivate } from "../crypto/key-pair.ts";
import type { Randomness } from "../crypto/randomness.ts";
import { CertificateAuthority } from "../wire/certificates.ts";
import { World } from "../world.ts";
import type { LinkedDeviceState, PersonState, WorldState } from "./world-state.ts";

/** Makes a world in which the clients that were linked to the saved one can log in again. */
export function restoreWorld(state: WorldState, randomness: Randomness): World {
  const root = keyPairFromPrivate(state.root);
  const staticKey = keyPairFromPrivate(state.staticKey);
  const world = new World(randomness, new CertificateAuthority(randomness, { root, staticKey }));
  for (const saved of state.people) world.addPerson(restorePerson(world, saved));
  for (const saved of state.people) connectPeople(world, saved);
  return world;
}

function restorePerson(world: World, saved: PersonState): SimulatedPerson {
  const account = new Account(saved);
  account.isLidTold = saved.isLidTold;
  for (const [name, value] of saved.privacy) account.privacy.set(name, value);
  for (const [name, patches] of saved.appState) for (const patch of patches) account.appState.append(name, patch);
  const person =
    saved.phone === null
      ? new SimulatedPerson(world, account, 1)
      : new SimulatedPhone(world, account, [], { keyId: saved.phone.keyId, keyData: saved.phone.keyData });
  for (const { id, keyIndex, signal } of saved.simulatedDevices) {
    account.devices.set(id, new SimulatedDevice(account, { id, keyIndex }, world.randomness, signal));
    if (keyIndex !== null) account.noteDevice(id, keyIndex);
  }
  for (const device of saved.linkedDevices) restoreLinkedDevice(account, device);
  return person;
}

function connectPeople(world: World, saved: PersonState): void {
  const find = (id: string) => [...world.people].find(({ account }) => account.id === id);
  const person = find(saved.lidUser ?? saved.phoneNumber ?? "");
  for (const id of saved.blocked) {
    const blocked = find(id);
    if (blocked) person?.account.blocked.add(blocked.account);
  }
  if (!(person instanceof SimulatedPhone) || saved.phone === null) return;
  person.businessName = saved.phone.businessName;
  person.contacts.push(...saved.phone.contacts.map(find).filter((contact) => contact !== undefined));
}

function restoreLinkedDevice(account: Account, saved: LinkedDeviceState): void {
  const { id, keyIndex, identityKey } = saved;
  const statement = { ...saved.statement, companionIdentity: identityKey, keyIndex };
  const identity = { statement, deviceSignature: saved.deviceSignature };
  const device = new LinkedDevice(account, { id, keyIndex }, saved, identity);
  for (const [preKeyId, key] of saved.preKeys) device.preKeys.set(preKeyId, key);
  for (const [preKeyId, key] of saved.knownPreKeys) device.knownPreKeys.set(preKeyId, key);
  device.isHistorySent = saved.isHistorySent;
  account.devices.set(id, device);
  account.noteDevice(id, keyIndex);
}
