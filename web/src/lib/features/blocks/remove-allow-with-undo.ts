import type { QueryClient } from "@tanstack/svelte-query";
import { toast } from "svelte-sonner";
import { api, type Outputs } from "#lib/api/client.ts";
import { readRefusal } from "#lib/api/refusal.ts";
import { callerName, referenceOf } from "./caller.ts";
import { UNDO_MS } from "./lift-with-undo.ts";
import { refreshBlocks } from "./refresh-blocks.ts";

type Allow = Outputs["allows"]["list"]["items"][number];

/** Takes a caller off the allow list and offers to undo it. Says by a toast how it went; false: it stays. Never throws. */
export async function removeAllowWithUndo(queryClient: QueryClient, botId: string, allow: Allow): Promise<boolean> {
  const name = callerName(allow);
  try {
    await api().allows.remove.mutate({ botId, allowId: allow.id });
  } catch (err) {
    toast.error(`${name} could not be taken off the allow list. ${readRefusal(err).message}`);
    return false;
  }
  await refreshBlocks(queryClient, botId);
  toast.success(`${name} is off the allow list`, {
    description: "Their calls are screened like any other.",
    duration: UNDO_MS,
    action: { label: "Undo", onClick: () => void putBack(queryClient, botId, allow) },
  });
  return true;
}

async function putBack(queryClient: QueryClient, botId: string, allow: Allow): Promise<void> {
  const name = callerName(allow);
  const reference = referenceOf(allow);
  if (reference === null) return;
  const { note, expiresAt } = allow;
  try {
    await api().allows.add.mutate({ botId, ...reference, ...(note && { note }), ...(expiresAt && { expiresAt }) });
  } catch (err) {
    toast.error(`${name} could not be put back. ${readRefusal(err).message}`);
    return;
  }
  await refreshBlocks(queryClient, botId);
  toast.success(`${name} is on the allow list again`);
}
