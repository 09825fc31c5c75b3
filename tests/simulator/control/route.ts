import type { SimulatedPerson } from "../accounts/simulated-person.ts";
import { SimulatedPhone } from "../accounts/simulated-phone.ts";
import type { SimulatedCall } from "../calls/simulated-call.ts";
import type { Simulator } from "../simulator.ts";
import { LID_SERVER, PN_SERVER } from "../wire/jid.ts";

/** A command that arrived on the control port. */
export interface ControlRequest {
  readonly simulator: Simulator;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** A command: method and path, with `:name` for a parameter. */
export interface Route {
  readonly command: string;
  readonly run: (request: ControlRequest) => unknown;
}

/** A command that cannot be carried out; `status` is the HTTP status. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Finds somebody by number, LID or JID. @throws {ControlError} 404 when there is nobody */
export function findPerson(simulator: Simulator, name: string): SimulatedPerson {
  const person = findPersonOrNull(simulator, name);
  if (person === null) throw new ControlError(404, `there is nobody with the number or LID ${name}`);
  return person;
}

/** Finds somebody by number, LID or JID; null when there is nobody. */
export function findPersonOrNull({ world }: Simulator, name: string): SimulatedPerson | null {
  const user = name.replace(/^\+/, "");
  const jids = user.includes("@") ? [user] : [`${user}@${PN_SERVER}`, `${user}@${LID_SERVER}`];
  const account = jids.map((jid) => world.accountOf(jid)).find((found) => found !== null);
  return account ? world.personOf(account) : null;
}

/** Finds a phone. @throws {ControlError} 404 when there is none */
export function findPhone(simulator: Simulator, name: string): SimulatedPhone {
  const person = findPerson(simulator, name);
  if (!(person instanceof SimulatedPhone)) throw new ControlError(404, `${name} is a contact, not a phone`);
  return person;
}

/** Finds a call by its id. @throws {ControlError} 404 when there is none */
export function findCall({ world }: Simulator, id: string): SimulatedCall {
  const call = world.calls.get(id);
  if (call === undefined) throw new ControlError(404, `there is no call ${id}`);
  return call;
}
