export { afterClose, type CloseAdvice } from "./after-close.ts";
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
export {
  createRecipientKey,
  type PublicKeyJwk,
  type RecipientKey,
  signRecipientChallenge,
} from "./recipient-keys.ts";
export type { PublishedKey, PublishedKeys } from "./sealing/server-keys.ts";
export type { SessionEnd, SwitchboardSession } from "./session.ts";
export type { SwitchboardSocketConfig } from "./socket-wiring.ts";
export { type RenewInTimeOptions, type RenewingToken, renewInTime } from "./tokens/renew-in-time.ts";
export { timeLeft } from "./tokens/time-left.ts";
export {
  type VerifiedSessionToken,
  type VerifySessionTokenOptions,
  verifySessionToken,
} from "./tokens/verify-session-token.ts";
