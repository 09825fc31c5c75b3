import { z } from "zod";

/** An answer of the api as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** null for an answer without a body. */
  readonly body: unknown;
}

/** The public REST API with one credential. */
export interface Rest {
  /** Sends a request and takes any answer. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
  /** @throws {Error} unless the answer is 2xx and has the form of the schema */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** @throws {Error} unless the answer is 2xx and has the form of the schema */
  send<T>(method: string, path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
  /** @throws {Error} unless the answer is 2xx */
  done(method: string, path: string, body?: unknown): Promise<void>;
}

/** Refusals name their kind in `code`. */
export const problemSchema = z.object({ status: z.number(), code: z.string(), detail: z.string() });

/** A page of a list. */
export const pageOf = <T>(item: z.ZodType<T>) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** Talks to the api at `apiUrl`; without a credential as anybody. */
export function openRest(apiUrl: string, credential: string | null): Rest {
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const headers = {
      ...(credential === null ? {} : { Authorization: `Bearer ${credential}` }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${apiUrl}${path}`, { method, headers, ...content });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
  };
  const succeed = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await ask(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  return {
    ask,
    get: async (path, schema) => schema.parse((await succeed("GET", path)).body),
    send: async (method, path, body, schema) => schema.parse((await succeed(method, path, body)).body),
    done: async (method, path, body) => {
      await succeed(method, path, body);
    },
  };
}
