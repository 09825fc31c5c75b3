import type { QueryClient } from "@tanstack/svelte-query";
import { toast } from "svelte-sonner";
import { api } from "#lib/api/client.ts";
import { readRefusal } from "#lib/api/refusal.ts";
import { callerName, referenceOf } from "#lib/features/blocks/caller.ts";
import { restoreBlock } from "#lib/features/blocks/lift-with-undo.ts";
import { refreshBlocks } from "#lib/features/blocks/refresh-blocks.ts";
import type { Call } from "#lib/words/calls.ts";

/** Who called, and how they stand now. */
export type Person = Call["caller"];

/** Long enough to notice a slip and to reach the button by keyboard. */
const UNDO_MS = 12_000;

/**
 * Lets a caller's calls through from now on, and offers to undo it; a block that runs ends, also one that somebody made.
 * @throws {unknown} what the api refused it with; see readRefusal
 */
export async function allowCaller(queryClient: QueryClient, botId: string, person: Person, callId: string | undefined) {
  const name = callerName(person);
  const { block } = person;
  const reference = referenceOf({ ...person, callId });
  const { id: allowId } = await api().allows.add.mutate({ botId, ...reference, force: block !== null });
  await refreshBlocks(queryClient, botId);
  const undo = async () => {
    if (!(await disallow(queryClient, botId, allowId, name)) || block === null) return;
    await restoreBlock(queryClient, { botId, blockId: block.id, name });
  };
  toast.success(`Calls of ${name} always get through now`, {
    duration: UNDO_MS,
    action: { label: "Undo", onClick: () => void undo() },
  });
}

/** Takes an entry off the allow list. Says by a toast how it went; false: the entry stays. Never throws. */
export async function disallow(
  queryClient: QueryClient,
  botId: string,
  allowId: string,
  name: string,
): Promise<boolean> {
  try {
    await api().allows.remove.mutate({ botId, allowId });
  } catch (err) {
    toast.error(`${name} could not be taken off the allow list. ${readRefusal(err).message}`);
    return false;
  }
  await refreshBlocks(queryClient, botId);
  toast.success(`${name} is off the allow list`);
  return true;
}

/** Asks for a ringing call to be rejected. Says by a toast how it went. Never throws. */
export async function rejectNow(queryClient: QueryClient, { id: callId, botId, caller }: Call): Promise<void> {
  try {
    await api().calls.reject.mutate({ botId, callId });
    toast.success(`The call of ${callerName(caller)} is being rejected`);
  } catch (err) {
    toast.error(`The call was not rejected. ${readRefusal(err).message}`);
  }
  await queryClient.invalidateQueries({ queryKey: ["calls", botId] });
}
