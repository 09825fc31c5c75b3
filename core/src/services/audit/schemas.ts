import { z } from "zod";
import {
  actorKinds,
  auditActionGroups,
  auditActions,
  auditObjectKinds,
  auditOutcomes,
} from "../../domain/vocabulary.ts";

const instantSchema = z.iso.datetime({ offset: true });
const textSchema = z.string().min(1).max(100);

/** Filters of the audit; instants bound the time of a row, `from` inside and `to` outside. */
const filterFields = {
  /** The id of whoever did it. */
  actor: textSchema.optional(),
  actorKind: z.enum(actorKinds).optional(),
  /** An action, or its part before the dot with the dot for all that begin so, for example `api-key.`. */
  action: z.enum([...auditActions, ...auditActionGroups]).optional(),
  objectKind: z.enum(auditObjectKinds).optional(),
  objectId: textSchema.optional(),
  botId: textSchema.optional(),
  outcome: z.enum(auditOutcomes).optional(),
  address: textSchema.optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
};

export const listAuditSchema = z
  .strictObject({
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().max(200).optional(),
    ...filterFields,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
    message: "`from` must lie before `to`.",
    path: ["from"],
  });

/** A row of the audit as it is shown. */
export const auditEntrySchema = z.object({
  id: z.string(),
  at: z.string(),
  actor: z.object({
    kind: z.enum(actorKinds),
    /** null: nobody was known. */
    id: z.string().nullable(),
    /** The person's or the key's name at present; null where there is none, or it is gone. */
    name: z.string().nullable(),
  }),
  /** Rows of an older version may hold an action that is not in the list any more. */
  action: z.string(),
  object: z.object({ kind: z.string(), id: z.string().nullable() }),
  botId: z.string().nullable(),
  outcome: z.enum(auditOutcomes),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  requestId: z.string().nullable(),
  /** What belongs to the action; never a secret. */
  detail: z.record(z.string(), z.unknown()),
});

export type ListAuditInput = z.output<typeof listAuditSchema>;
export type AuditEntryView = z.infer<typeof auditEntrySchema>;
