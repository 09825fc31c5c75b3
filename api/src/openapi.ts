import { completeDescription, type Description } from "./openapi/complete.ts";
import { problemExamples } from "./openapi/problem-examples.ts";
import { tags } from "./openapi/tags.ts";
import { restRoutes } from "./rest-routes.ts";

const DESCRIPTION = `Custody of WhatsApp bot sessions, and a guard on their calls.

Instants are ISO 8601 in UTC, durations seconds. Errors are problem documents (RFC 9457); their \`type\` leads to an
explanation, and \`/problems\` lists them all. Lists take \`limit\` and \`cursor\` and answer \`nextCursor\`, null at the end.
Every answer carries \`RateLimit-Policy\`, \`RateLimit\` and \`X-Request-Id\`.`;

/** The OpenAPI 3.1 document of the REST API, made from the routes themselves. */
export function describeApi(version: string): Description {
  const routes = restRoutes();
  const { openAPIRegistry: registry } = routes;
  registry.registerComponent("securitySchemes", "apiKey", {
    type: "apiKey",
    in: "header",
    name: "x-api-key",
    description: "An API key, `sb_live_…`, or a personal access token, `sb_pat_…`.",
  });
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "An API key, a personal access token, or a session token for the calls that take one.",
  });
  registry.registerComponent("securitySchemes", "cronSecret", {
    type: "http",
    scheme: "bearer",
    description: "CRON_SECRET of the installation.",
  });
  for (const [code, example] of Object.entries(problemExamples)) registry.registerComponent("examples", code, example);
  const made = routes.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Switchboard",
      version,
      description: DESCRIPTION,
      license: { name: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "This installation: the api's own port, or the dashboard's origin." }],
    tags: [...tags],
  });
  return completeDescription(made);
}
