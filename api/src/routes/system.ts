import { getSystemStatus } from "@switchboard/core/services/system/get-system-status";
import type { JWK } from "jose";
import { z } from "zod";
import { json, named, publicRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const TAGS = ["System"];
const status = named(
  z.object({
    status: z.enum(["ok", "degraded"]),
    version: z.string(),
    database: z.object({ status: z.enum(["ok", "unavailable"]) }),
    workers: z.array(z.object({ id: z.string(), state: z.enum(["up", "silent", "stopped"]), lastSeenAt: z.string() })),
  }),
  "SystemHealth",
);

const jwk = z.object({
  kty: z.string().optional(),
  crv: z.string().optional(),
  x: z.string().optional(),
  y: z.string().optional(),
  kid: z.string().optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
});

const healthRoute = publicRoute({
  method: "get",
  path: "/api/system/health",
  tags: TAGS,
  summary: "How the installation is",
  description: "`degraded`: the database does not answer, or no worker is up. Holds nothing of any team.",
  responses: { 200: json(status, "The state of database and workers.") },
});

const jwksRoute = publicRoute({
  method: "get",
  path: "/.well-known/jwks.json",
  tags: ["Session tokens"],
  summary: "Public keys of the installation (RFC 7517)",
  description:
    "`use: sig` verifies session tokens, lease tokens and sealed answers, retired keys included. `use: enc` is what batches are sealed to.",
  responses: {
    200: json(named(z.object({ keys: z.array(jwk) }), "Jwks"), "The keys."),
  },
});

/** New signing keys must reach verifiers soon; the keys themselves never change. */
const JWKS_CACHE = "public, max-age=300";

/** The installation as anybody may see it. */
export function systemRoutes() {
  const router = createRouter();
  router.openapi(healthRoute, async (c) => {
    const { version } = c.var.deps.settings;
    return c.json({ version, ...(await getSystemStatus(c.var.ctx)) }, 200);
  });
  router.openapi(jwksRoute, (c) => {
    // Picked by name, so that nothing else of a key can ever leave with it.
    const toPublic = ({ kty, crv, x, y, kid, alg, use }: JWK) => ({ kty, crv, x, y, kid, alg, use });
    const keys = c.var.ctx.keyring.jwks.keys.map(toPublic);
    return c.json({ keys }, 200, { "Cache-Control": JWKS_CACHE });
  });
  return router;
}
