import { type FieldError, ServiceError } from "@switchboard/core/errors";
import { sessionFilesBytesMax } from "@switchboard/core/services/session-files/schemas";
import type { MiddlewareHandler } from "hono";
import { isText } from "../json-text.ts";
import { readBody, refuseBody, requireJson } from "../read-body.ts";
import type { ApiEnv } from "../router.ts";

/** What a call takes beside its path. */
export interface InputKinds {
  readonly hasQuery: boolean;
  readonly hasBody: boolean;
  /** Size limit of the body where it is not that of the settings. */
  readonly bodyBytesMax?: number | undefined;
}

/**
 * Refuses what the call would not look at: query parameters where it has none, parameters given twice, a body where it
 * takes none or in another form than JSON. A caller who misspells something is told, and no two parts of the product read
 * one request differently. Fields of queries and bodies are checked by their schemas.
 */
export const refuseUnknownInput =
  ({ hasQuery, hasBody, bodyBytesMax }: InputKinds): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const errors = findQueryErrors(queryOf(c.req.url), hasQuery);
    if (errors.length > 0)
      throw new ServiceError("validation-failed", "The request is readable but not valid.", { errors });
    if (hasBody) {
      const text = await readBody(c, bodyBytesMax);
      if (text !== "") requireJson(c);
      // The framework keeps promises of bodies here, whatever its types say.
      Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
    } else {
      await refuseBody(c);
    }
    await next();
  };

/** Procedures whose bodies may be larger than those of the others, alone in their request. */
const LARGE_BODIES: Readonly<Record<string, number>> = { "/trpc/sessions.import": sessionFilesBytesMax };

/** For handlers that parse by themselves: the body is checked in the same way, then given on. */
export const checkBody: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const text = await readBody(c, Object.hasOwn(LARGE_BODIES, c.req.path) ? LARGE_BODIES[c.req.path] : undefined);
  if (text !== "") c.req.raw = new Request(c.req.raw, { body: text });
  await next();
};

const queryOf = (url: string): string => {
  const start = url.indexOf("?");
  return start < 0 ? "" : (url.slice(start + 1).split("#", 1)[0] ?? "");
};

function findQueryErrors(query: string, hasQuery: boolean): FieldError[] {
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const part of query.split("&")) {
    if (part === "") continue;
    const [name = "", ...values] = part.split("=").map(decode);
    if (!hasQuery) errors.push({ path: name, message: "There is no such field." });
    else if (seen.has(name)) errors.push({ path: name, message: "Given more than once." });
    else if (![name, ...values].every(isText)) errors.push({ path: name, message: "A text may not hold U+0000." });
    seen.add(name);
  }
  return errors.slice(0, 50);
}

/** @throws ServiceError unreadable */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new ServiceError("unreadable", "The query is not UTF-8 in percent-encoding.");
  }
}
