import { toast } from "svelte-sonner";
import { api } from "#lib/api/client.ts";
import { readRefusal } from "#lib/api/refusal.ts";
import { withRecentPassword } from "#lib/features/auth/confirm-password.svelte.ts";
import type { ApiKey } from "#lib/words/keys.ts";

/** Long enough to notice a slip and to reach the button by keyboard. */
const UNDO_MS = 12_000;

/** Lets a disabled key work again. Says by a toast how it went; never throws. */
export async function enableKey({ id, name }: ApiKey, refresh: () => unknown): Promise<void> {
  try {
    await withRecentPassword(() => api().keys.update.mutate({ keyId: id, changes: { disabled: false } }));
    await refresh();
    toast.success(`“${name}” works again`);
  } catch (err) {
    toast.error(`“${name}” could not be enabled. ${readRefusal(err).message}`);
  }
}

/** Switches a key off, and offers to undo that. @throws what the api refused with */
export async function disableKey(key: ApiKey, refresh: () => unknown): Promise<void> {
  await api().keys.update.mutate({ keyId: key.id, changes: { disabled: true } });
  await refresh();
  toast.success(`“${key.name}” is disabled`, {
    duration: UNDO_MS,
    action: { label: "Enable again", onClick: () => void enableKey(key, refresh) },
  });
}

/** Ends a key for good. @throws what the api refused with */
export async function revokeKey({ id, name }: ApiKey, refresh: () => unknown): Promise<void> {
  await api().keys.revoke.mutate({ keyId: id });
  await refresh();
  toast.success(`“${name}” is revoked`);
}
