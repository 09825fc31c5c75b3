import { createSwitchboardClient, type SwitchboardClient } from "../index.ts";
import { CliError, usageError } from "./cli-error.ts";
import { readCredentials, type StoredCredentials } from "./credentials.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import type { Terminal } from "./terminal.ts";

/** What a command works with. */
export interface Session {
  readonly terminal: Terminal;
  readonly output: Output;
  /** Origin of the api. */
  readonly url: string;
  /** Where the token comes from; null without one. */
  readonly tokenSource: "SB_TOKEN" | "file" | null;
  readonly stored: StoredCredentials | null;
  /** Calls as the signed-in person; Ctrl-C ends them. @throws CliError not-signed-in */
  client(): SwitchboardClient;
  /** As {@link client}, for what must be put right after Ctrl-C. */
  lastingClient(): SwitchboardClient;
  /** Calls as nobody, for signing in. */
  anonymousClient(): SwitchboardClient;
}

/** The options of a run that matter to its calls. */
export interface GivenOptions {
  readonly url?: string;
  readonly maxTime?: number;
}

/** How long one call may take, in seconds. */
const CALL_SECONDS_MAX = 30;

/** The url and the token of one run: options before variables before what was stored. @throws CliError */
export async function openSession(terminal: Terminal, output: Output, given: GivenOptions): Promise<Session> {
  const { env } = terminal;
  const stored = await readCredentials(env);
  const url = chooseUrl(given.url ?? env.SB_URL, env.API_PORT, stored);
  const isStoredForUrl = stored !== null && stored.url === url;
  const token = env.SB_TOKEN || (isStoredForUrl ? stored.token : null);
  const tokenSource = env.SB_TOKEN ? "SB_TOKEN" : isStoredForUrl ? "file" : null;
  const secondsMax = given.maxTime ?? CALL_SECONDS_MAX;
  const endable = limited(secondsMax, [terminal.interrupted]);
  const requireToken = () => {
    if (token === null) throw notSignedIn(url, stored);
    return token;
  };
  return {
    terminal,
    output,
    url,
    tokenSource,
    stored,
    anonymousClient: () => createSwitchboardClient({ url, fetch: endable }),
    client: () => createSwitchboardClient({ url, token: requireToken(), fetch: endable }),
    lastingClient: () => createSwitchboardClient({ url, token: requireToken(), fetch: limited(secondsMax, []) }),
  };
}

/** A stream lasts as long as somebody reads it; any other answer must come within the time. */
const limited =
  (secondsMax: number, ends: readonly AbortSignal[]): typeof fetch =>
  (input, init) => {
    const isStream = new Headers(init?.headers).get("accept") === "text/event-stream";
    const limit = isStream ? [] : [AbortSignal.timeout(secondsMax * 1_000)];
    const signals = [...ends, ...limit, init?.signal].filter((signal) => signal !== null && signal !== undefined);
    return fetch(input, { ...init, signal: AbortSignal.any(signals) });
  };

/** The address without a choice: what was stored, or the api of this machine. */
function chooseUrl(given: string | undefined, apiPort: string | undefined, stored: StoredCredentials | null): string {
  const text = given || stored?.url || `http://127.0.0.1:${apiPort || "8787"}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol))
    throw usageError(`"${text}" is no address of an api.`, "Write it as http://127.0.0.1:8787.");
  return url.origin;
}

function notSignedIn(url: string, stored: StoredCredentials | null): CliError {
  const elsewhere = stored === null ? "" : ` You are signed in at ${stored.url}.`;
  return new CliError(
    "not-signed-in",
    exitCodes.notSignedIn,
    `You are not signed in at ${url}.${elsewhere}`,
    "Sign in with `sb login`, or make the first admin with `sb setup`.",
  );
}
