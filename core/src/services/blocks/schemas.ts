import { z } from "zod";
import { blockEndReasons, blockOrigins, blockTypes } from "../../domain/vocabulary.ts";

const reasonSchema = z.string().trim().min(1).max(200);
const noteSchema = z.string().trim().min(1).max(1_000);
const instantSchema = z.iso.datetime({ offset: true });

/** Exactly one of the three names the person: a number as people write it, a LID, or a call of the history. */
const personFields = {
  phoneNumber: z.string().min(1).max(40).optional(),
  lid: z.string().min(1).max(40).optional(),
  callId: z.string().min(1).max(64).optional(),
};

const namesOnePerson = (input: { phoneNumber?: unknown; lid?: unknown; callId?: unknown }): boolean =>
  [input.phoneNumber, input.lid, input.callId].filter((name) => name !== undefined).length === 1;

const ONE_PERSON = { message: "Give exactly one of phoneNumber, lid and callId.", path: ["phoneNumber"] };

export const blockContactSchema = z
  .strictObject({
    ...personFields,
    /** Without it: temporary where a length is given, else what the settings say. */
    type: z.enum(blockTypes).optional(),
    expiresAt: instantSchema.optional(),
    hours: z.number().int().min(1).max(8_760).optional(),
    reason: reasonSchema.optional(),
    note: noteSchema.optional(),
    /** Block although the caller is on the allow list. */
    force: z.boolean().default(false),
    /** Let this end stand even where the running block lasts longer. */
    replace: z.boolean().default(false),
  })
  .refine(namesOnePerson, ONE_PERSON);

export const listBlockedSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
  status: z.enum(["active", "ended", "all"]).default("active"),
  /** Part of a number, LID, name, reason or note. */
  search: z.string().trim().min(1).max(80).optional(),
});

export const liftBlockSchema = z.strictObject({ reason: reasonSchema.optional() });

export const allowContactSchema = z
  .strictObject({
    ...personFields,
    note: noteSchema.optional(),
    expiresAt: instantSchema.optional(),
    /** Allow although somebody blocked the caller by hand; the block ends. */
    force: z.boolean().default(false),
  })
  .refine(namesOnePerson, ONE_PERSON);

export const listAllowedSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
  search: z.string().trim().min(1).max(80).optional(),
});

/** A block, past or present, as every transport shows it. */
export const blockedContactSchema = z.object({
  id: z.string(),
  /** E.164 digits; null while only the LID is known. */
  phoneNumber: z.string().nullable(),
  /** Digits; null while only the number is known. */
  lid: z.string().nullable(),
  name: z.string().nullable(),
  type: z.enum(blockTypes),
  origin: z.enum(blockOrigins),
  reason: z.string().nullable(),
  note: z.string().nullable(),
  createdAt: z.string(),
  createdBy: z.string(),
  /** null: permanent. */
  expiresAt: z.string().nullable(),
  active: z.boolean(),
  hitCount: z.number().int(),
  lastHitAt: z.string().nullable(),
  liftedAt: z.string().nullable(),
  liftedBy: z.string().nullable(),
  endedAt: z.string().nullable(),
  endCause: z.enum(blockEndReasons).nullable(),
  /** The caller's LID is not known yet, and WhatsApp may show only that with a call. */
  mayNotMatchYet: z.boolean(),
});

/** An entry of the allow list as every transport shows it. */
export const allowedContactSchema = z.object({
  id: z.string(),
  phoneNumber: z.string().nullable(),
  lid: z.string().nullable(),
  name: z.string().nullable(),
  note: z.string().nullable(),
  createdAt: z.string(),
  createdBy: z.string(),
  /** null: for ever. */
  expiresAt: z.string().nullable(),
  active: z.boolean(),
  mayNotMatchYet: z.boolean(),
});

export type BlockContactInput = z.output<typeof blockContactSchema>;
export type ListBlockedInput = z.output<typeof listBlockedSchema>;
export type LiftBlockInput = z.output<typeof liftBlockSchema>;
export type AllowContactInput = z.output<typeof allowContactSchema>;
export type ListAllowedInput = z.output<typeof listAllowedSchema>;
export type BlockedContactView = z.infer<typeof blockedContactSchema>;
export type AllowedContactView = z.infer<typeof allowedContactSchema>;
