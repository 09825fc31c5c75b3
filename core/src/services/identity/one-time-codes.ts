import { oneTimeCodes, type TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, gt, isNull, or, type SQL } from "drizzle-orm";
import { actorName, principalName, type ServiceContext } from "../../context.ts";
import { createCredential, credentialHmac, parseCredential } from "../../crypto/credential-format.ts";
import { countedAddress } from "../../domain/ip-address.ts";
import type { OneTimeCodeKind, Role } from "../../domain/vocabulary.ts";
import { type RefusalNote, ServiceError } from "../../errors.ts";
import { takePoint } from "../limits/take-point.ts";
import { isStoredSecret } from "./authenticate.ts";
import { currentPepper } from "./internal.ts";

/** A code has 256 random bits, so this is about the noise and the work of guessing, not about its success. */
const TRIES_PER_ADDRESS = 20;
const THROTTLE_SECONDS = 15 * 60;

const PREFIXES = { invitation: "sb_inv_", "password-reset": "sb_rst_" } as const;

export type OneTimeCodeRow = typeof oneTimeCodes.$inferSelect;

/** What a new code is for. */
export type NewOneTimeCode = { readonly teamId: TeamId; readonly expiresAtMs: number } & (
  | { readonly kind: "invitation"; readonly email: string; readonly role: Role }
  | { readonly kind: "password-reset"; readonly userId: string }
);

/** Stores a code in the caller's transaction; `text` is to be shown once. */
export async function storeOneTimeCode(
  tx: Transaction,
  ctx: ServiceContext,
  wish: NewOneTimeCode,
): Promise<{ row: OneTimeCodeRow; text: string }> {
  const credential = createCredential(PREFIXES[wish.kind]);
  const secretHmac = await credentialHmac(currentPepper(ctx), credential.publicId, credential.secret);
  const [row] = await tx
    .insert(oneTimeCodes)
    .values({
      ...wish,
      id: ctx.ids.next("oneTimeCode"),
      publicId: credential.publicId,
      secretHmac,
      pepperVersion: ctx.keyring.pepperVersion,
      createdBy: principalName(ctx.actor),
      createdAtMs: ctx.clock.nowMs(),
    })
    .returning();
  if (!row) throw new Error("the code was not stored");
  return { row, text: credential.text };
}

/** The code's row while it is good; null for every other text. It is not used up by this: see {@link useOneTimeCode}. */
export async function findOneTimeCode(
  ctx: ServiceContext,
  text: string,
  kind: OneTimeCodeKind,
): Promise<OneTimeCodeRow | null> {
  const credential = parseCredential(text.trim());
  if (credential?.prefix !== PREFIXES[kind]) return null;
  const isThis = and(eq(oneTimeCodes.publicId, credential.publicId), eq(oneTimeCodes.kind, kind));
  const [row] = await ctx.db.reader
    .select()
    .from(oneTimeCodes)
    .where(and(isThis, isOpen(ctx.clock.nowMs())));
  return (await isStoredSecret(ctx, credential, row)) ? (row ?? null) : null;
}

/**
 * Uses a code up in the caller's transaction. One statement: of any number of callers one gets past it.
 * @throws ServiceError not-found when it was used, revoked or came to its end meanwhile
 */
export async function useOneTimeCode(tx: Transaction, codeId: string, nowMs: number): Promise<void> {
  const used = await tx
    .update(oneTimeCodes)
    .set({ usedAtMs: nowMs })
    .where(and(eq(oneTimeCodes.id, codeId), isOpen(nowMs)))
    .returning({ id: oneTimeCodes.id });
  if (used.length === 0) throw badCode();
}

/** Ends open codes in the caller's transaction. */
export async function revokeOpenCodes(tx: Transaction, ctx: ServiceContext, which: SQL | undefined): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  await tx
    .update(oneTimeCodes)
    .set({ revokedAtMs: nowMs, revokedBy: actorName(ctx.actor) })
    .where(and(which, isOpen(nowMs)));
}

/** Resets of this person's password. */
export const isResetOf = (userId: string) =>
  and(eq(oneTimeCodes.kind, "password-reset"), eq(oneTimeCodes.userId, userId));

/** What this person made as an admin of the team: who lost that right could otherwise still come back by it. */
export const isMadeBy = (userId: string, teamId: TeamId) =>
  and(
    eq(oneTimeCodes.createdBy, `user:${userId}`),
    or(eq(oneTimeCodes.teamId, teamId), eq(oneTimeCodes.kind, "password-reset")),
  );

/** Of codes that still open something. */
export const isOpen = (nowMs: number) =>
  and(isNull(oneTimeCodes.usedAtMs), isNull(oneTimeCodes.revokedAtMs), gt(oneTimeCodes.expiresAtMs, nowMs));

/** Counts a try from this address; give it back with `giveBackPoint(tx, [codeTries(ctx)])`. @throws ServiceError rate-limited */
export const throttleCodes = (ctx: ServiceContext) =>
  takePoint(ctx, codeTries(ctx), TRIES_PER_ADDRESS, THROTTLE_SECONDS);

/** The quota of {@link throttleCodes}. */
export const codeTries = (ctx: ServiceContext): string =>
  `one-time-codes:address:${countedAddress(ctx.request.address)}`;

/**
 * The one answer for wrong, mistyped, used, expired and revoked codes and for those of another kind. Not "unauthenticated":
 * a client that is signed in would take that for the end of its sign-in.
 */
export const badCode = (note: RefusalNote = {}) =>
  new ServiceError(
    "not-found",
    "This code opens nothing: it works once and until its end. Ask for a new one.",
    {},
    note,
  );
