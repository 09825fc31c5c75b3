import type { HonoRequest } from "hono";

const PATHS: ReadonlySet<string> = new Set(["/api/system/health", "/.well-known/jwks.json", "/api/openapi.json"]);

/** true for what anybody is answered and what must be answered while the database is away as well. */
export const needsNoDatabase = ({ method, path }: Pick<HonoRequest, "method" | "path">): boolean =>
  (method === "GET" || method === "HEAD") && PATHS.has(path);
