import { exportSession } from "@switchboard/core/services/session-files/export-session";
import { importSession } from "@switchboard/core/services/session-files/import-session";
import {
  exportedSessionSchema,
  exportSessionSchema,
  importedSessionSchema,
  importSessionSchema,
  sessionFilesBytesMax,
} from "@switchboard/core/services/session-files/schemas";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const PATH = "/api/bots/{botId}/session";
const TAGS = ["Sessions"];
const params = pathIds("botId");
const files = named(importSessionSchema, "SessionImport", {
  example: { files: { "creds.json": { registrationId: 4711, "...": "..." } }, force: false },
});
const wish = named(exportSessionSchema, "SessionExport", { example: { confirm: "Front desk" } });

const importRoute = protectedRoute(
  {
    method: "post",
    path: `${PATH}/import`,
    tags: TAGS,
    summary: "Bring in a session that Baileys kept in files",
    description:
      "For owners and admins who gave their password lately. Whatever the bot had is replaced. Every file is checked before any is stored, and one that Baileys does not write is refused by its name. Stop the bot first: while somebody holds it, nothing is written. A session that the bot has is replaced with `force` only, and then conversations begin anew with the next message, since the files may be older than what was sent. Close the connection that used the files: two of one device end each other for ever. A body has 16 MB at most.",
    request: { params, ...body(files) },
    responses: { 200: json(named(importedSessionSchema, "ImportedSession"), "Stored. Start the bot to connect it.") },
  },
  {
    bodyBytesMax: sessionFilesBytesMax,
    refusals: [
      "forbidden",
      "scope-missing",
      "confirmation-required",
      "not-found",
      "lease-held",
      "bot-frozen",
      "in-progress",
      "already-paired",
    ],
  },
);

const exportRoute = protectedRoute(
  {
    method: "post",
    path: `${PATH}/export`,
    tags: TAGS,
    summary: "Take a session out as files for Baileys",
    description:
      "For owners and admins who gave their password lately and repeat the bot's name. The files are what Baileys' `useMultiFileAuthState` reads: the JSON of each is its content. It is a disclosure like any other, in the audit and in the events. Do not connect with the files while Switchboard holds the bot.",
    request: { params, ...body(wish) },
    responses: { 200: json(named(exportedSessionSchema, "ExportedSession"), "The whole session in plain form.") },
  },
  { refusals: ["forbidden", "scope-missing", "confirmation-required", "not-found", "confirm-mismatch", "not-paired"] },
);

/** A session as the files Baileys keeps it in: into a bot, and out of it. */
export function sessionFileRoutes() {
  const router = createRouter();
  router.openapi(importRoute, async (c) => {
    const { files, force } = c.req.valid("json");
    return c.json(await importSession(c.var.ctx, { ...c.req.valid("param"), files, force }), 200);
  });
  router.openapi(exportRoute, async (c) => {
    const exported = await exportSession(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") });
    c.var.deps.metrics.sessionDisclosed("export");
    return c.json(exported, 200);
  });
  return router;
}
