/** What `sb` ends with; scripts may rely on it. */
export const exitCodes = {
  ok: 0,
  /** The api refused, or what was asked for did not come about. */
  failure: 1,
  /** The command line is wrong, also where only the api could tell. */
  usage: 2,
  notSignedIn: 3,
  notFound: 4,
  /** No answer of the api came. */
  unreachable: 5,
  /** Not now: too many requests, or the api is busy. The same command may work later. */
  again: 6,
  /** Ended with Ctrl-C: 128 and the number of the signal, as shells have it. */
  interrupted: 130,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
