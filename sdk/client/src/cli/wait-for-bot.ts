import { CliError, failedError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Bot } from "./find-bot.ts";
import type { Session } from "./session.ts";

const POLL_MS = 500;

/** What is waited for, and what makes waiting senseless. */
export interface Goal {
  readonly isReached: (bot: Bot) => boolean;
  readonly isHopeless: (bot: Bot) => boolean;
}

/**
 * Looks at the bot until the goal is reached; answers the bot as it is then.
 * @throws CliError when it became hopeless, or after `seconds`
 */
export async function waitForBot(session: Session, botId: string, goal: Goal, seconds: number): Promise<Bot> {
  const client = session.client();
  const endMs = performance.now() + seconds * 1_000;
  const activity = session.output.activity("Waiting for the bot");
  try {
    for (;;) {
      const bot = await client.bots.get.query({ botId });
      if (goal.isReached(bot)) return bot;
      if (goal.isHopeless(bot)) throw failedError(`${bot.name} is ${bot.state}.`, bot.reasonText);
      if (performance.now() > endMs)
        throw failedError(`${bot.name} is still ${bot.state} after ${seconds} s.`, "`sb bots show` tells more.");
      activity.say(`${bot.name} is ${bot.state}`);
      await pause(POLL_MS, session.terminal.interrupted);
    }
  } finally {
    activity.stop();
  }
}

/** Waits. @throws CliError interrupted at Ctrl-C */
export function pause(ms: number, interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new CliError("interrupted", exitCodes.interrupted, "Interrupted."));
    };
    const timer = setTimeout(() => {
      interrupted.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (interrupted.aborted) return stop();
    interrupted.addEventListener("abort", stop, { once: true });
  });
}
