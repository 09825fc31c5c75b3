import { z } from "zod";
import { leaseSecondsMax, leaseSecondsMin, leaseWaitSecondsMax } from "../../domain/lease.ts";
import { custodyStates, leaseActions } from "../../domain/vocabulary.ts";
import { holderSchema } from "../bots/schemas.ts";

const ttlSecondsSchema = z.number().int().min(leaseSecondsMin).max(leaseSecondsMax);
const epochSchema = z.number().int().min(0);

/** The body of a request for a lease. */
export const acquireLeaseSchema = z.strictObject({
  /** Left out: LEASE_TTL. */
  ttlSeconds: ttlSecondsSchema.optional(),
  /** true: whoever holds the bot is asked to give it back. */
  takeover: z.boolean().optional(),
  waitSeconds: z.number().int().min(0).max(leaseWaitSecondsMax).optional(),
  /** The caller's own lease, to be gone on with beyond its greatest life. */
  extends: z.strictObject({ leaseId: z.string().max(64), epoch: epochSchema }).optional(),
});

/** What a holder tells when it renews. */
export const renewLeaseSchema = z.strictObject({
  /** Left out: as long as last time. */
  ttlSeconds: ttlSecondsSchema.optional(),
  /** true: the connection to WhatsApp does not get on; left out: it does. */
  stalled: z.boolean().optional(),
});

/** The last words of a holder. */
export const releaseLeaseSchema = z.strictObject({
  /** The revision of the last batch that was acknowledged. */
  finalRevision: z.number().int().min(0),
  /** true: the connection is closed and everything is written. */
  clean: z.boolean(),
});

/** For whom a bot is let go: `workers`, or the id of an API key. */
export const successorSchema = z.strictObject({ to: z.string().min(1).max(100) });

export const forceTakeSchema = z.strictObject({ to: z.string().min(1).max(100).optional() });

/** Who holds a bot, as every transport shows it; no secret. */
export const leaseSchema = z.object({
  botId: z.string(),
  state: z.enum(custodyStates),
  holder: holderSchema.nullable(),
  leaseId: z.string().nullable(),
  epoch: epochSchema,
  expiresAt: z.string().nullable(),
  maxExpiresAt: z.string().nullable(),
  expired: z.boolean(),
  revision: z.number().int(),
  clean: z.boolean(),
  assignedTo: z.string(),
  drain: z.object({ to: z.string().nullable(), deadline: z.string() }).nullable(),
  reservedFor: z.object({ to: z.string(), until: z.string() }).nullable(),
  stalledSince: z.string().nullable(),
});

/** A lease that was granted: `token` is its lease token. */
export const grantedLeaseSchema = z.object({
  leaseId: z.string(),
  epoch: epochSchema,
  expiresAt: z.string(),
  ttlSeconds: z.number().int(),
  renewAfterSeconds: z.number().int(),
  revision: z.number().int(),
  clean: z.boolean(),
  token: z.string(),
  maxExpiresAt: z.string(),
});

/** The bot is not free yet: ask again with the same body and Idempotency-Key. */
export const leasePendingSchema = z.object({ retryAfterSeconds: z.number().int() });

/** What a holder learns when it renews. */
export const renewedLeaseSchema = z.object({
  expiresAt: z.string(),
  ttlSeconds: z.number().int(),
  action: z.enum(leaseActions),
  deadline: z.string().optional(),
  token: z.string(),
});

/** How a hand-over that was asked for goes on. */
export const handoverSchema = z.object({ to: z.string(), deadline: z.string().nullable(), reservedUntil: z.string() });

export type LeaseView = z.infer<typeof leaseSchema>;
export type GrantedLease = z.infer<typeof grantedLeaseSchema>;
export type RenewedLease = z.infer<typeof renewedLeaseSchema>;
export type HandoverView = z.infer<typeof handoverSchema>;
