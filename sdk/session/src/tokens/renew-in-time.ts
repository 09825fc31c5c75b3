import { UnreachableError } from "../errors.ts";
import { textOf } from "../fields.ts";
import { createApiClient } from "../http/api-client.ts";
import { retrying, waitFor } from "../http/retry.ts";
import { timeLeft } from "./time-left.ts";

/** A token is renewed when this part of its life is over: the rest is for tries. */
const RENEW_AFTER_PART = 2 / 3;

/** A session token that is to be kept good. */
export interface RenewInTimeOptions {
  readonly url: string | URL;
  /** Which bot's session the token is for. */
  readonly botId: string;
  readonly token: string;
  /** Life of each next token: seconds, or a text such as `15m` or `24h`; the service's own choice by default. */
  readonly expiresIn?: number | string;
  /** Called with each new token. */
  readonly onRenewed?: (token: string) => void;
  /** Called once when there will be no further token: refused, revoked, or the chain's 30 days are over. */
  readonly onEnded?: (error: Error) => void;
}

/** Renews until it is disposed of. */
export interface RenewingToken extends Disposable {
  /** The newest token. */
  readonly token: string;
}

/** Renews a session token with itself, time after time, until it is disposed of or the service refuses. */
export function renewInTime(options: RenewInTimeOptions): RenewingToken {
  const stop = new AbortController();
  let { token } = options;
  const renewing = {
    get token() {
      return token;
    },
    [Symbol.dispose]: () => stop.abort(new Error("disposed of")),
  };
  void keepRenewing(options, stop.signal, (next) => {
    token = next;
    options.onRenewed?.(next);
  }).catch((error: unknown) => {
    if (!stop.signal.aborted) options.onEnded?.(error instanceof Error ? error : new UnreachableError(String(error)));
  });
  return renewing;
}

async function keepRenewing(
  { url, botId, token: first, expiresIn }: RenewInTimeOptions,
  signal: AbortSignal,
  onRenewed: (token: string) => void,
): Promise<never> {
  const api = createApiClient(url);
  const path = `/api/bots/${encodeURIComponent(botId)}/session`;
  const body = JSON.stringify(expiresIn === undefined ? {} : { expiresIn });
  for (let token = first; ; ) {
    const leftMs = timeLeft(token) * 1000;
    await waitFor(leftMs * RENEW_AFTER_PART, signal);
    const tooLate = AbortSignal.timeout(Math.ceil(leftMs * (1 - RENEW_AFTER_PART)));
    const credential = token;
    const answer = await retrying(() => api.send({ method: "POST", path, credential, body, signal }), {
      signal: AbortSignal.any([signal, tooLate]),
    });
    token = textOf(answer.body, "token");
    onRenewed(token);
  }
}
