/** What one connection may take of time and of space. */
export interface ServerLimits {
  /** From the first byte of a request to the last of its header fields. */
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to the last of its body. */
  readonly requestTimeoutMs: number;
  /** How long a connection without a request stays open; a proxy in front keeps its own for less. */
  readonly keepAliveMs: number;
  /** How often Node looks for connections over their time; its own default is 30 s. */
  readonly connectionCheckMs: number;
  /** Request line and header fields together, in bytes; a session token of 6 KB fits twice. */
  readonly headerBytesMax: number;
  readonly headerFieldsMax: number;
  /** Path and query, in characters. */
  readonly targetLengthMax: number;
  /** At a stop, answers in the making get this long; streams are cut then. */
  readonly stopGraceMs: number;
}

/** The limits of every installation. */
export const standardServerLimits: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  keepAliveMs: 65_000,
  connectionCheckMs: 1_000,
  headerBytesMax: 16 * 1024,
  headerFieldsMax: 100,
  targetLengthMax: 8 * 1024,
  stopGraceMs: 5_000,
};
