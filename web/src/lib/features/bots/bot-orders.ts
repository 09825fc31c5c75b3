import type { Api } from "#lib/api/client.ts";
import type { Bot } from "#lib/words/bots.ts";

/** What can be asked of a bot with one press and a yes. */
export type OrderName = "start" | "stop" | "restart" | "logout";

/** One order, in words and in deed. */
export interface Order {
  /** On the button. */
  readonly label: string;
  /** Asked before; null: it is done at once, since it harms nothing. */
  readonly question: { readonly title: string; readonly consequence: string } | null;
  readonly isDangerous: boolean;
  /** Said once it was accepted. */
  readonly done: string;
  readonly run: (api: Api) => Promise<unknown>;
}

/** The order for this bot. */
export function orderOf(bot: Bot, name: OrderName): Order {
  const input = { botId: bot.id };
  switch (name) {
    case "start":
      return {
        label: "Start",
        question: null,
        isDangerous: false,
        done: `${bot.name} is starting`,
        run: (api) => api.bots.start.mutate(input),
      };
    case "stop":
      return {
        label: "Stop",
        question: {
          title: `Stop ${bot.name}?`,
          consequence:
            "It goes offline and its calls are screened no more. Its session is kept: a start brings it back.",
        },
        isDangerous: false,
        done: `${bot.name} is stopping`,
        run: (api) => api.bots.stop.mutate(input),
      };
    case "restart":
      return {
        label: "Restart",
        question: {
          title: `Restart ${bot.name}?`,
          consequence: "It is offline for some seconds and connects again. It stays linked to its phone.",
        },
        isDangerous: false,
        done: `${bot.name} is restarting`,
        run: (api) => api.bots.restart.mutate(input),
      };
    case "logout":
      return {
        label: "Log out",
        question: {
          title: `Log ${bot.name} out?`,
          consequence:
            "Its device is unlinked from the phone and its session is over. It stays here, and has to be paired again before it can be used.",
        },
        isDangerous: true,
        done: `${bot.name} is being logged out`,
        run: (api) => api.bots.logout.mutate(input),
      };
  }
}

/** What makes sense to ask of the bot as it is. */
export function ordersFor(bot: Bot): OrderName[] {
  const isWanted = bot.desiredState === "running";
  const orders: OrderName[] = [];
  if (bot.linked && !isWanted) orders.push("start");
  if (bot.linked && isWanted) orders.push("restart");
  if (isWanted) orders.push("stop");
  if (bot.linked) orders.push("logout");
  return orders;
}
