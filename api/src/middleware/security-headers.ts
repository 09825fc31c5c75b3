import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../router.ts";

/** One year, as ASVS 5.0 3.4.1 asks. */
const STRICT_TRANSPORT = "max-age=31536000; includeSubDomains";

/** Gives every answer its fields. */
export const securityHeaders: MiddlewareHandler<ApiEnv> = async (c, next) => {
  for (const [name, value] of Object.entries(securityFields(c.var.deps.base.settings.publicUrl))) c.header(name, value);
  await next();
};

/** Fields of every answer. Nothing is to be stored on the way unless a route says so, and no page may be made of it. */
export const securityFields = (publicUrl: string): Readonly<Record<string, string>> => ({
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
  ...(publicUrl.startsWith("https:") ? { "Strict-Transport-Security": STRICT_TRANSPORT } : {}),
});
