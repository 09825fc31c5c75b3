/** The store holds no credentials for this bot: it was never linked, or they were removed. Linking may mint new ones. */
export class CredentialsMissingError extends Error {
  override readonly name = "CredentialsMissingError";
}

/** Credentials exist or may exist, but could not be read. Never mint new ones: that would replace the bot's identity. */
export class CredentialsUnreadableError extends Error {
  override readonly name = "CredentialsUnreadableError";
}

/** The write gate is shut after a clean hand-over; nothing is wrong with what was stored. */
export class AuthStateClosedError extends Error {
  override readonly name = "AuthStateClosedError";
}

/**
 * A commit was refused or failed, so what is durable is no longer known to this object: no ratchet step may leave it.
 * `cause` is the store's error. Open a new state from the store to go on.
 */
export class AuthStateDeadError extends Error {
  override readonly name = "AuthStateDeadError";
}
