import { blockedContactSchema } from "@switchboard/core/services/blocks/schemas";
import { type CallView, callListSchema } from "@switchboard/core/services/calls/schemas";
import type { SimulatedCall, SimulatedContact } from "../../simulator/index.ts";
import type { PairedBot } from "./bots.ts";
import type { Installation } from "./installation.ts";
import { eventually } from "./poll.ts";
import { pageOf } from "./rest.ts";

/** The text that callers who are turned away get. */
export const REPLY = "Please write instead of calling.";

/** Turns screening on: three calls a day, then a block of 24 hours and a text. */
export const enableScreening = ({ rest }: Installation, botId: string, changes: object = {}): Promise<void> =>
  rest.done("PUT", `/api/bots/${botId}/call-blocking`, {
    enabled: true,
    dailyLimit: 3,
    autoReply: { text: REPLY },
    ...changes,
  });

/** The calls of one caller as REST shows them, the latest first. */
export async function callsOf({ rest }: Installation, bot: PairedBot, caller: SimulatedContact): Promise<CallView[]> {
  const name = encodeURIComponent(caller.phoneNumber ?? caller.lid);
  return (await rest.get(`/api/bots/${bot.id}/calls?limit=200&caller=${name}`, callListSchema)).items;
}

/** Waits until REST shows a call, and until it fits where more is asked. */
export async function waitForCall(
  { rest }: Installation,
  bot: PairedBot,
  call: SimulatedCall,
  fits: (view: CallView) => boolean = () => true,
): Promise<CallView> {
  const find = async () => {
    const { items } = await rest.get(`/api/bots/${bot.id}/calls?limit=200`, callListSchema);
    return items.find(({ callId }) => callId === call.id) ?? null;
  };
  const found = await eventually(find, (view) => view !== null && fits(view));
  if (found === null) throw new Error("the call is gone");
  return found;
}

/** Places a call, and waits until it was let through; the caller hangs up. */
export async function callThatRings(installation: Installation, bot: PairedBot, place: () => SimulatedCall) {
  const call = place();
  const view = await waitForCall(installation, bot, call);
  if (view.rejectStatus !== "none" || call.state !== "ringing") throw new Error(`it did not ring: ${view.reason}`);
  call.hangUp();
  return waitForCall(installation, bot, call, ({ ended }) => ended !== null);
}

/** The blocks of a bot as REST shows them: those that run, unless asked for others. */
export async function blocksOf({ rest }: Installation, bot: PairedBot, status: "active" | "all" = "active") {
  const path = `/api/bots/${bot.id}/blocked-contacts?limit=200&status=${status}`;
  return (await rest.get(path, pageOf(blockedContactSchema))).items;
}
