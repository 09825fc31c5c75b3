import type { BotId, TeamId } from "@switchboard/db/schema";
import { z } from "zod";
import { isTimeZone } from "../../domain/time-window.ts";
import {
  type BotState,
  type BotStateReason,
  botDesiredStates,
  botStates,
  holderKinds,
  pairingFailureReasons,
  pairingMethods,
  pairingStates,
} from "../../domain/vocabulary.ts";
import { nameSchema } from "../name-schema.ts";

/** IANA zone names; checked against the platform's zone data. */
export const timeZoneSchema = z
  .string()
  .min(1)
  .max(64)
  .refine(isTimeZone, "Not an IANA time zone, for example Europe/Madrid.");

export const createBotSchema = z.strictObject({ name: nameSchema, timeZone: timeZoneSchema.optional() });
export const updateBotSchema = z
  .strictObject({ name: nameSchema.optional(), timeZone: timeZoneSchema.optional() })
  .refine((input) => Object.keys(input).length > 0, "Give at least one field to change.");
export const deleteBotSchema = z.strictObject({ confirm: z.string() });
export const requestPairingSchema = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("qr") }),
  z.strictObject({ method: z.literal("code"), phoneNumber: z.string().min(5).max(32) }),
]);
export const listBotsSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
  state: z.enum(botStates).optional(),
  desiredState: z.enum(botDesiredStates).optional(),
  name: z.string().max(80).optional(),
});
export const countBotsSchema = listBotsSchema.pick({ name: true });
/** Events are kept for 30 days. */
export const botHistorySchema = z.strictObject({ hours: z.coerce.number().int().min(1).max(720).default(24) });

/** Who holds a bot's session. */
export const holderSchema = z.object({
  kind: z.enum(holderKinds),
  id: z.string(),
  since: z.string(),
  epoch: z.number().int(),
  expiresAt: z.string(),
  /** `draining`: it was told to give the bot back by `drainDeadline`. */
  state: z.enum(["held", "draining"]),
  drainDeadline: z.string().nullable(),
  /** Since when it says that its connection does not get on; null: it says nothing of the kind. */
  stalledSince: z.string().nullable(),
});

/** A bot as every transport shows it. */
export const botSchema = z.object({
  id: z.string(),
  teamId: z.string(),
  name: z.string(),
  timeZone: z.string(),
  desiredState: z.enum(botDesiredStates),
  state: z.enum(botStates),
  since: z.string(),
  reason: z.string().nullable(),
  reasonText: z.string().nullable(),
  phoneNumber: z.string().nullable(),
  lid: z.string().nullable(),
  pushName: z.string().nullable(),
  linked: z.boolean(),
  assignedTo: z.string(),
  holder: holderSchema.nullable(),
  createdAt: z.string(),
});

/** The pairing of a bot; `qr` and `code` are there only while they can be used. */
export const pairingSchema = z.object({
  state: z.enum(pairingStates),
  method: z.enum(pairingMethods).nullable(),
  qr: z.string().optional(),
  code: z.string().optional(),
  expiresAt: z.string().nullable(),
  reason: z.enum(pairingFailureReasons).nullable(),
});

export const commandAcceptedSchema = z.object({ commandId: z.string() });

/** How many bots there are in each state, the shown one. */
export interface BotCounts {
  readonly total: number;
  readonly states: Readonly<Record<BotState, number>>;
}

/** The states of a bot over a span of time; instants are ISO 8601. */
export interface BotHistory {
  readonly from: string;
  readonly to: string;
  /** Before this nothing is known: the bot is younger, or the events are kept no more. `from` where all of it is known. */
  readonly knownSince: string;
  /** The oldest first, and without gaps; the last one is the present. */
  readonly segments: readonly {
    readonly state: BotState;
    readonly reason: BotStateReason | null;
    readonly reasonText: string | null;
    readonly from: string;
    readonly to: string;
  }[];
}

/** A bot as it is shown; whoever got one was allowed to see it, so its ids may be used in statements. */
export type BotView = z.infer<typeof botSchema> & { readonly id: BotId; readonly teamId: TeamId };
export type PairingView = z.infer<typeof pairingSchema>;
