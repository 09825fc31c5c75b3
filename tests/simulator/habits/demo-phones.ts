import { SimulatedPhone } from "../accounts/simulated-phone.ts";
import type { Simulator } from "../simulator.ts";
import { formatJid, PN_SERVER } from "../wire/jid.ts";

/** The phones of a demo: one that is called by day, one by night, and one that nothing is linked with yet. */
export interface DemoPhones {
  readonly day: SimulatedPhone;
  readonly night: SimulatedPhone;
  readonly spare: SimulatedPhone;
}

/** Makes the phones of a demo, or finds them when the simulator was started again with its state. */
export function provideDemoPhones(simulator: Simulator): DemoPhones {
  return {
    day: provide(simulator, "447700900101", "Front desk"),
    night: provide(simulator, "447700900102", "Night shift"),
    spare: provide(simulator, "447700900103", "Spare phone"),
  };
}

function provide(simulator: Simulator, phoneNumber: string, pushName: string): SimulatedPhone {
  const account = simulator.world.accountOf(formatJid(phoneNumber, PN_SERVER));
  const known = account === null ? null : simulator.world.phoneOf(account);
  return known instanceof SimulatedPhone ? known : simulator.createPhone({ phoneNumber, pushName });
}
