import { trustTestServer } from "../../../worker/src/whatsapp/whatsapp-server.ts";
import type { LinkedDevice, SimulatedContact, SimulatedPhone, Simulator } from "../../simulator/index.ts";
import { linkBaileysClient } from "../../simulator/testing/baileys-client.ts";
import { MemoryAuthState } from "../../simulator/testing/memory-auth-state.ts";

/** An account with one linked device that is not online now. */
export interface LinkedAccount {
  readonly phone: SimulatedPhone;
  readonly device: LinkedDevice;
  /** JSON of a MemoryAuthState: whoever has it can log in as the device. */
  readonly saved: string;
}

/**
 * Links a bare client to a new phone, waits until it has everything a new device gets, and logs it off. Its state serves
 * a bare client and, imported, our worker: both then start from the same kind of session.
 */
export async function linkAccount(
  simulator: Simulator,
  number: string,
  contacts: readonly SimulatedContact[],
): Promise<LinkedAccount> {
  const phone = simulator.createPhone({ phoneNumber: number, pushName: `Bot ${number}`, contacts: [...contacts] });
  const auth = new MemoryAuthState();
  // In a process whose client is repaired, certificates are really verified.
  trustTestServer(simulator);
  const from = simulator.transcript.position;
  const { client, device } = await linkBaileysClient({ url: simulator.url, auth }, phone);
  await simulator.transcript.waitFor(({ kind }) => kind === "history-sent", undefined, from);
  await phone.waitDelivered(device);
  await client.stop();
  return { phone, device, saved: auth.serialize() };
}
