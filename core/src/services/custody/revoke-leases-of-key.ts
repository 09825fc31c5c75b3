import { cutLeasesOfKey, forgetReservations, isHeldByKey } from "@switchboard/db/queries/custody-control";
import type { Transaction } from "@switchboard/db/types";
import type { ServiceContext } from "../../context.ts";
import { endLease, readLeases } from "./revoke-lease.ts";

/**
 * Ends every lease of an API key, in the transaction that ends or disables the key: revoking a credential revokes what was
 * leased with it (as Vault does). Bots that were kept for the key are kept no longer.
 */
export async function revokeLeasesOfKey(tx: Transaction, ctx: ServiceContext, keyId: string): Promise<void> {
  for (const reading of await readLeases(tx, isHeldByKey(keyId)))
    await endLease(tx, ctx, reading, { why: "key-ended" });
  await forgetReservations(tx, keyId);
}

/**
 * Lets no lease of an API key outlive it, in the transaction that brings the key's end forward to `endsAtMs`: a key that has
 * ended could neither renew its leases nor give them back. Where the end is now, they end as those of a revoked key.
 */
export async function cutLeasesToKey(
  tx: Transaction,
  ctx: ServiceContext,
  { id, expiresAtMs }: { readonly id: string; readonly expiresAtMs: number },
): Promise<void> {
  const lifeMs = expiresAtMs - ctx.clock.nowMs();
  if (lifeMs <= 0) return revokeLeasesOfKey(tx, ctx, id);
  await cutLeasesOfKey(tx, id, lifeMs);
}
