import { createRoute, type RouteConfig } from "@hono/zod-openapi";
import type { ErrorCode, Scope } from "@switchboard/core/domain/vocabulary";
import { z } from "zod";
import { refuseHead, requireCredential } from "./middleware/identify.ts";
import { refuseUnknownInput } from "./middleware/strict-input.ts";
import { problemKinds } from "./problems.ts";

/** The schema under a name of its own in the document's components. A name is given once. */
export const named = <T extends z.ZodType>(schema: T, id: string, metadata: { readonly example?: unknown } = {}): T =>
  schema.meta({ id, ...metadata });

/** A problem document (RFC 9457); members beside these belong to the code. */
const problemSchema = named(
  z.looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
  "Problem",
  {
    example: {
      type: "/problems/not-found",
      title: "Not found",
      status: 404,
      detail: "There is no such thing here.",
      instance: "req_01jnyz0000aaaaaaaaaaaaaaaa",
      code: "not-found",
      requestId: "req_01jnyz0000aaaaaaaaaaaaaaaa",
    },
  },
);

/** What any call may be answered with, whatever it does. */
const EVERY_CALL: readonly ErrorCode[] = [
  "unreadable",
  "validation-failed",
  "rate-limited",
  "internal",
  "store-busy",
  "unavailable",
];
/** A change can lose against another one of the same moment. */
const EVERY_CHANGE: readonly ErrorCode[] = ["conflict"];
const WITH_CREDENTIAL: readonly ErrorCode[] = ["unauthenticated", "address-not-allowed"];
const WITH_BODY: readonly ErrorCode[] = ["too-large", "unsupported-media-type"];

/** What a route says of itself beside OpenAPI's own members. */
interface RouteNotes {
  /** Codes of the refusals this call makes on purpose. */
  readonly refusals?: readonly ErrorCode[];
  /** A GET that has effects: HEAD, which the framework would run as a GET, is refused. */
  readonly isReadOnlyByName?: boolean;
  /** Bytes a body of this call may have where it is not what the settings say for all. */
  readonly bodyBytesMax?: number;
}

/** A route that needs a credential, and the scope where one is named. */
export function protectedRoute<P extends string, R extends Omit<RouteConfig, "path"> & { path: P }>(
  config: R,
  notes: RouteNotes & { readonly scope?: Scope } = {},
) {
  const { scope, isReadOnlyByName = false, refusals = [], bodyBytesMax } = notes;
  const description = [config.description, scope && `Scope: \`${scope}\`.`].filter(Boolean).join(" ");
  const more = {
    description,
    security: [{ apiKey: [] }, { bearer: [] }],
    middleware: isReadOnlyByName ? [refuseHead, requireCredential] : [requireCredential],
  };
  const codes = [...WITH_CREDENTIAL, ...(scope ? (["scope-missing"] as const) : []), ...refusals];
  return makeRoute(config, more, codes, bodyBytesMax);
}

/** A route anybody may call. */
export function publicRoute<P extends string, R extends Omit<RouteConfig, "path"> & { path: P }>(
  config: R,
  notes: RouteNotes = {},
) {
  return makeRoute(config, { security: config.security ?? [] }, notes.refusals ?? []);
}

/**
 * Keeps the type of `config` for its handler: what is added here are answers by thrown refusals, and middleware that
 * gives the handler nothing. Who asks is known before anything of the input is looked at.
 */
function makeRoute<P extends string, R extends Omit<RouteConfig, "path"> & { path: P }>(
  config: R,
  more: Partial<RouteConfig>,
  refusals: readonly ErrorCode[],
  bodyBytesMax?: number,
) {
  const responses = { ...config.responses, ...problemsOf(config, refusals) };
  const { query, body: content } = config.request ?? {};
  const input = { hasQuery: query !== undefined, hasBody: content !== undefined, bodyBytesMax };
  const before = [more.middleware ?? config.middleware ?? []].flat();
  const middleware = [...before, refuseUnknownInput(input)];
  return createRoute({ ...config, ...more, middleware, responses } as R);
}

/** A JSON body, or a JSON answer. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  content: { "application/json": { schema } },
  description,
});

/** A JSON body that must come along. */
export const body = <T extends z.ZodType>(schema: T) => ({ body: { ...json(schema, ""), required: true as const } });

/** Path parameters. Ids are opaque: a malformed one is not told apart from a missing one. */
export const pathIds = <const Names extends readonly string[]>(...names: Names) =>
  z.object(Object.fromEntries(names.map((name) => [name, z.string()])) as Record<Names[number], z.ZodString>);

const refersTo = (codes: readonly ErrorCode[]) =>
  Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));

function problemsOf(
  config: Pick<RouteConfig, "request" | "method">,
  refusals: readonly ErrorCode[],
): RouteConfig["responses"] {
  const ofChange = config.method === "get" ? [] : EVERY_CHANGE;
  const all = [...refusals, ...(config.request?.body ? WITH_BODY : []), ...ofChange, ...EVERY_CALL];
  const byStatus = Map.groupBy(new Set(all), (code) => problemKinds[code].status);
  const toResponse = (codes: readonly ErrorCode[]) => ({
    description: codes.map((code) => `\`${code}\``).join(", "),
    content: { "application/problem+json": { schema: problemSchema, examples: refersTo(codes) } },
  });
  return Object.fromEntries(Array.from(byStatus, ([status, codes]) => [status, toResponse(codes)]));
}
