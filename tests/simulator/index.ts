import { Simulator, type SimulatorOptions } from "./simulator.ts";

/** Starts a WhatsApp multi-device server on 127.0.0.1. Stop it with its `stop`. */
export function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  return Simulator.start(options);
}

export type { LinkedDevice } from "./accounts/linked-device.ts";
export type {
  PlaceCallOptions,
  ReceivedText,
  SendTextOptions,
  SimulatedPerson as SimulatedContact,
} from "./accounts/simulated-person.ts";
export type { SimulatedPhone } from "./accounts/simulated-phone.ts";
export type { RejectSeen, SimulatedCall } from "./calls/simulated-call.ts";
export type { UnknownStanza, Violation, ViolationCode } from "./judge.ts";
export type { NewContact, NewPhone, Simulator, SimulatorOptions } from "./simulator.ts";
export type { TranscriptEvent } from "./transcript.ts";
