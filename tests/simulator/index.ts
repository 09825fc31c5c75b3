import { Simulator } from "./simulator.ts";

/** How a simulator is started; everything has a default. */
export interface SimulatorOptions {
  /** Port of the chat server; 0 (the default) takes a free one. */
  readonly port?: number;
  /** Makes ids, numbers and keys repeatable; random when left out. */
  readonly randomSeed?: number;
}

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
export type { NewContact, NewPhone, Simulator } from "./simulator.ts";
export type { TranscriptEvent } from "./transcript.ts";
