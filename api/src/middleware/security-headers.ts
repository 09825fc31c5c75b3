import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../router.ts";

/** One year, as ASVS 5.0 3.4.1 asks. */
const STRICT_TRANSPORT = "max-age=31536000; includeSubDomains";

/** Fields of every answer. Nothing is to be stored on the way unless a route says so, and no page may be made of it. */
export const securityHeaders: MiddlewareHandler<ApiEnv> = async (c, next) => {
  c.header("X-Content-Type-Options", "nosniff");
  c.header("Referrer-Policy", "no-referrer");
  c.header(
    "Content-Security-Policy",
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  );
  c.header("Cross-Origin-Resource-Policy", "same-origin");
  c.header("Cache-Control", "no-store");
  if (c.var.deps.base.settings.publicUrl.startsWith("https:")) c.header("Strict-Transport-Security", STRICT_TRANSPORT);
  await next();
};
