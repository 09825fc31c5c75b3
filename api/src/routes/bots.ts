import { createBot } from "@switchboard/core/services/bots/create-bot";
import { deleteBot } from "@switchboard/core/services/bots/delete-bot";
import { getBot } from "@switchboard/core/services/bots/get-bot";
import { listBots } from "@switchboard/core/services/bots/list-bots";
import { type BotCommand, requestBotCommand } from "@switchboard/core/services/bots/request-command";
import {
  botSchema,
  createBotSchema,
  deleteBotSchema,
  listBotsSchema,
  updateBotSchema,
} from "@switchboard/core/services/bots/schemas";
import { updateBot } from "@switchboard/core/services/bots/update-bot";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";
import { commandAccepted } from "./shared-schemas.ts";

const TAGS = ["Bots"];
const bot = named(botSchema, "Bot");
const params = pathIds("botId");

const listRoute = protectedRoute(
  {
    method: "get",
    path: "/api/bots",
    tags: TAGS,
    summary: "List bots",
    request: { query: listBotsSchema },
    responses: { 200: json(named(listOf(bot), "BotList"), "The team's bots in the order they were made.") },
  },
  { scope: "bots:read", refusals: ["validation-failed"] },
);

const createBotRoute = protectedRoute(
  {
    method: "post",
    path: "/api/bots",
    tags: TAGS,
    summary: "Make a bot",
    description: "The bot is stopped and not linked. Pair it next.",
    request: body(named(createBotSchema, "NewBot", { example: { name: "Front desk", timeZone: "Europe/Madrid" } })),
    responses: { 201: json(bot, "The new bot.") },
  },
  { scope: "bots:write", refusals: ["conflict", "forbidden"] },
);

const getRoute = protectedRoute(
  {
    method: "get",
    path: "/api/bots/{botId}",
    tags: TAGS,
    summary: "Get a bot",
    request: { params },
    responses: { 200: json(bot, "The bot.") },
  },
  { scope: "bots:read", refusals: ["not-found"] },
);

const updateRoute = protectedRoute(
  {
    method: "patch",
    path: "/api/bots/{botId}",
    tags: TAGS,
    summary: "Rename a bot or move it to another time zone",
    request: { params, ...body(named(updateBotSchema, "BotChanges", { example: { name: "Night desk" } })) },
    responses: { 200: json(bot, "The bot as it is now.") },
  },
  { scope: "bots:write", refusals: ["not-found", "conflict"] },
);

const deleteRoute = protectedRoute(
  {
    method: "delete",
    path: "/api/bots/{botId}",
    tags: TAGS,
    summary: "Delete a bot",
    description: "Gone for everybody at once. A linked device is unlinked as soon as that can be done.",
    request: { params, ...body(named(deleteBotSchema, "BotDeletion", { example: { confirm: "Front desk" } })) },
    responses: { 204: { description: "Deleted." } },
  },
  { scope: "bots:write", refusals: ["not-found", "confirm-mismatch"] },
);

const commandRoute = (command: BotCommand, summary: string) =>
  protectedRoute(
    {
      method: "post",
      path: `/api/bots/{botId}/${command}`,
      tags: TAGS,
      summary,
      request: { params },
      responses: { 202: json(commandAccepted, "Asked for; the bot's state follows.") },
    },
    { scope: "bots:write", refusals: command === "logout" ? ["not-found", "not-paired"] : ["not-found"] },
  );

/** Bots, and what can be asked of their holder. */
export function botRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listBots(c.var.ctx, query), query), 200);
  });
  router.openapi(createBotRoute, async (c) => {
    const made = await createBot(c.var.ctx, c.req.valid("json"));
    return c.json(made, 201, { Location: `/api/bots/${made.id}` });
  });
  router.openapi(getRoute, async (c) => c.json(await getBot(c.var.ctx, c.req.valid("param")), 200));
  router.openapi(updateRoute, async (c) =>
    c.json(await updateBot(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
  );
  router.openapi(deleteRoute, async (c) => {
    await deleteBot(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") });
    return c.body(null, 204);
  });
  addCommand(router, "start", "Start a bot");
  addCommand(router, "stop", "Stop a bot; everything is kept");
  addCommand(router, "restart", "Restart a bot");
  addCommand(router, "logout", "Unlink the bot's device");
  return router;
}

function addCommand(router: ReturnType<typeof createRouter>, command: BotCommand, summary: string): void {
  router.openapi(commandRoute(command, summary), async (c) =>
    c.json(await requestBotCommand(c.var.ctx, { botId: c.req.valid("param").botId, command }), 202),
  );
}
