import type { Transaction } from "@switchboard/db/types";
import type { ServiceContext } from "../../context.ts";
import type { AuthorizedBot } from "../access.ts";
import { emit, writeAudit } from "../records.ts";

/** What left, in which form, and for whom. */
export interface Disclosure {
  /** The API key that asked or that a token stands for; null: a person. */
  readonly keyId: string | null;
  /** The thumbprint of the key it was sealed to; null: it left in plain form. */
  readonly recipient: string | null;
  /** The lease it was asked under; null without one. */
  readonly lease: { readonly leaseId: string; readonly epoch: number } | null;
  readonly revision: number;
  /** What left, where it was not the whole session. */
  readonly parts?: "credentials" | "keys";
  /** It left as files; without this the recipient says in which form. */
  readonly form?: "export";
}

/** How a session leaves: sealed to a recipient key, in plain form, or as files. */
export type DisclosureForm = "sealed" | "plain" | "export";

/**
 * Notes that a session leaves, in audit and events, in the caller's transaction: call it once per answer, before the answer.
 * The audit row holds the address as well.
 */
export async function noteDisclosure(
  tx: Transaction,
  ctx: ServiceContext,
  bot: AuthorizedBot<"session:read"> | AuthorizedBot<"session:lease">,
  { keyId, recipient, lease, revision, parts, form: given }: Disclosure,
): Promise<void> {
  const target = { teamId: bot.teamId, botId: bot.id };
  const form: DisclosureForm = given ?? (recipient === null ? "plain" : "sealed");
  const named = { leaseId: lease?.leaseId ?? null, epoch: lease?.epoch ?? null };
  const detail = { form, keyId, ...named, revision, recipient, ...(parts === undefined ? {} : { parts }) };
  await writeAudit(tx, ctx, { action: "session.disclose", objectId: bot.id, ...target, detail });
  await emit(tx, ctx, { type: "session.disclosed", ...target, data: { botId: bot.id, ...detail } });
}
