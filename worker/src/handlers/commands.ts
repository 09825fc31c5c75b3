import { learnIdentity } from "@switchboard/core/services/callers/learn-identity";
import type { WantedBot } from "@switchboard/core/services/fleet/list-wanted-bots";
import { finishCommand } from "@switchboard/core/services/fleet/report-bot";
import type { BotConnection } from "../bot-connection.ts";
import type { CallHandler } from "./call-handler.ts";

type Command = WantedBot["commands"][number];

/** Whether a command is a request to an open connection; the others are wishes that the loop acts on. */
export const isForConnection = (command: Command): boolean =>
  command.kind === "reject-call" || command.kind === "resolve-caller";

/** Does one request and closes it with its result. @throws when the result could not be written */
export async function runCommand(bot: BotConnection, calls: CallHandler, command: Command): Promise<void> {
  const outcome = command.kind === "reject-call" ? await rejectCall(calls, command) : await resolveCaller(bot, command);
  await finishCommand(bot.deps.ctx, { commandId: command.id, ...outcome });
}

interface Outcome {
  readonly state: "done" | "failed";
  readonly result: Readonly<Record<string, unknown>>;
}

async function rejectCall(calls: CallHandler, { payload }: Command): Promise<Outcome> {
  const { callRowId, callId, callFrom } = payload;
  if (typeof callRowId !== "string" || typeof callId !== "string" || typeof callFrom !== "string")
    return { state: "failed", result: { reason: "unreadable" } };
  const rejectStatus = await calls.rejectNow({ callRowId, callId, callFrom });
  return {
    state: rejectStatus === "confirmed" || rejectStatus === "moot" ? "done" : "failed",
    result: { rejectStatus },
  };
}

/** Asks the server for the LID of a number, so that a block by number also meets a caller who shows only the LID. */
async function resolveCaller(bot: BotConnection, { payload }: Command): Promise<Outcome> {
  const { phoneNumber } = payload;
  if (typeof phoneNumber !== "string") return { state: "failed", result: { reason: "unreadable" } };
  const lid = (await bot.live?.socket?.findLid(phoneNumber)) ?? null;
  if (lid === null) return { state: "failed", result: { reason: "no-lid" } };
  await learnIdentity(bot.deps.ctx, { lease: bot.lease, phoneNumber, lid });
  return { state: "done", result: { lid } };
}
