import { type ApiError, type ProblemDocument, toApiError, UnreachableError } from "../errors.ts";

/** A request that answers within this, or is taken as not answered. */
const TIMEOUT_MS = 10_000;

/** One request. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** From `/` on. */
  readonly path: string;
  /** Sent as a bearer; null for what anybody may ask. */
  readonly credential: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** An answer that is no refusal. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** An object without members where the answer had no body. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Speaks HTTP with one service. */
export interface ApiClient {
  /**
   * Sends once.
   * @throws ApiError for a refusal, UnreachableError without an answer of the service, the signal's reason when aborted
   */
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** The bytes of an answer as they come, until the signal is aborted. @throws as `send` */
  stream(request: ApiRequest): Promise<ReadableStream<Uint8Array>>;
}

/** @throws TypeError when the address is not of http or https, or holds a password */
export function createApiClient(url: string | URL): ApiClient {
  const base = baseOf(url);
  const ask = ({ method, path, credential, headers, body }: ApiRequest, signal: AbortSignal) =>
    fetch(base + path, {
      method,
      headers: {
        accept: "application/json",
        ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      redirect: "error",
      signal,
    });
  return {
    async send(request) {
      const { signal, timeoutMs = TIMEOUT_MS } = request;
      const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
      const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      const answer = await reach(request, async () => {
        const response = await ask(request, both);
        return { response, text: await response.text() };
      });
      const { status, headers, ok } = answer.response;
      if (!ok) throw refusalOf(answer.response, answer.text);
      return { status, headers, body: answer.text === "" ? {} : readObject(answer.text) };
    },
    async stream(request) {
      const response = await reach(request, () => ask(request, request.signal ?? new AbortController().signal));
      if (!response.ok) throw refusalOf(response, await reach(request, () => response.text()));
      if (response.body === null) throw new UnreachableError("The service sent no stream.");
      return response.body;
    },
  };
}

/** The address without a slash at its end. */
function baseOf(url: string | URL): string {
  const { protocol, username, password, href } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") throw new TypeError("`url` must begin with https:// or http://.");
  if (username !== "" || password !== "") throw new TypeError("`url` must hold no password.");
  return href.replace(/[?#].*$/, "").replace(/\/+$/, "");
}

async function reach<T>({ method, path, signal }: ApiRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw new UnreachableError(`${method} ${path} was not answered.`, { cause });
  }
}

function refusalOf({ status, headers }: Response, text: string): ApiError | UnreachableError {
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(retryAfter) && retryAfter >= 0 ? retryAfter : null;
  const problem = problemOf(text, status);
  // What stands before the service answers in its own words.
  if (problem === null) return new UnreachableError(`The answer was ${status} and not the service’s.`);
  return toApiError(problem, retryAfterSeconds);
}

function problemOf(text: string, status: number): ProblemDocument | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { code, detail, title, type }: Record<string, unknown> = { ...value };
    if (typeof code !== "string") return null;
    return {
      ...value,
      code,
      status,
      type: String(type),
      title: String(title),
      detail: String(detail ?? title ?? code),
    };
  } catch {
    return null;
  }
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // A parser's message may quote the text, so it is not passed on.
  }
  throw new UnreachableError("The answer is not JSON.");
}
