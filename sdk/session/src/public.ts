export { connectSwitchboard } from "./connect-switchboard.ts";
export {
  ApiError,
  BotFrozenError,
  LeaseHeldError,
  type LeaseHolder,
  type LeaseLossReason,
  LeaseLostError,
  type ProblemDocument,
  SealError,
  StaleEpochError,
  SwitchboardError,
  UnreachableError,
} from "./errors.ts";
export type { WaitProgress } from "./lease/acquire-lease.ts";
export type { ConnectOptions, DrainNotice, PrivateKeyJwk, SwitchboardLogger, TestServer } from "./options.ts";
export type { PublishedKey, PublishedKeys } from "./sealing/server-keys.ts";
export type { SessionEnd, SwitchboardSession } from "./session.ts";
export type { SwitchboardSocketConfig } from "./socket-wiring.ts";
