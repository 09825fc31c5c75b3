import type { QueryClient } from "@tanstack/svelte-query";
import { toast } from "svelte-sonner";
import { api } from "#lib/api/client.ts";
import { readRefusal } from "#lib/api/refusal.ts";
import { refreshBlocks } from "./refresh-blocks.ts";

/** How long a toast offers to undo, in ms: long enough to notice a slip and to reach the button by keyboard. */
export const UNDO_MS = 12_000;

/** A block that runs, and what to call its person. */
export interface LiftedBlock {
  readonly botId: string;
  /** The block's `blk_` id. */
  readonly blockId: string;
  readonly name: string;
}

/** Unblocks a caller and offers to undo it. Says by a toast how it went; false: the block runs on. Never throws. */
export async function liftWithUndo(queryClient: QueryClient, block: LiftedBlock): Promise<boolean> {
  const { botId, blockId, name } = block;
  try {
    await api().blocks.lift.mutate({ botId, contactId: blockId });
  } catch (err) {
    toast.error(`${name} could not be unblocked. ${readRefusal(err).message}`);
    return false;
  }
  await refreshBlocks(queryClient, botId);
  toast.success(`${name} is unblocked`, {
    description: "Their calls count from zero again.",
    duration: UNDO_MS,
    action: { label: "Undo", onClick: () => void restoreBlock(queryClient, block) },
  });
  return true;
}

/** Makes a block that was lifted run again, with the end it had. Says by a toast how it went. Never throws. */
export async function restoreBlock(queryClient: QueryClient, block: LiftedBlock): Promise<boolean> {
  const { botId, blockId, name } = block;
  try {
    await api().blocks.restore.mutate({ botId, contactId: blockId });
  } catch (err) {
    toast.error(`The block of ${name} could not be restored. ${readRefusal(err).message}`);
    return false;
  }
  await refreshBlocks(queryClient, botId);
  toast.success(`${name} is blocked again`);
  return true;
}
