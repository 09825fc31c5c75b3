import { z } from "zod";
import { authIdLengthMax, authIdsPerReadMax, authRecordsPerBatchMax } from "../../domain/auth-record-types.ts";

/**
 * Free names in bodies come through unread: a schema of records would drop the name `__proto__` without a word, and the verbs
 * refuse it. What is said of them here is for the document of the api.
 */
const unreadObject = (description: string, example: unknown) =>
  z.unknown().meta({ type: "object", additionalProperties: true, description, example });

const KEYS = `Ids by type, ${authIdsPerReadMax} in all at most, each of ${authIdLengthMax} characters at most.`;
const SET = `Values by type and id, in Baileys' BufferJSON form; null deletes. ${authRecordsPerBatchMax} in all at most.`;
const CREDS = "The whole credentials in Baileys' BufferJSON form. They must be those of the same linked device.";

/** A compact JWE; longer ones do not fit into a body. */
const sealedText = z.string().min(1).max(2_097_152);

/** Which parts of a session are asked for. */
export const readRemoteSchema = z.strictObject({
  creds: z.literal(true).optional(),
  keys: unreadObject(KEYS, { session: ["34600000001.0"], "pre-key": ["7"] }).optional(),
});

/** A batch: `set` and perhaps `creds`, or both inside `sealed`. */
export const commitBatchSchema = z.strictObject({
  seq: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  creds: unreadObject(CREDS, { registrationId: 4711, "...": "..." }).optional(),
  set: unreadObject(SET, { "lid-mapping": { "34600000001": "123456789" }, "pre-key": { "7": null } }).optional(),
  sealed: sealedText.optional(),
});

const bufferJson = z.record(z.string(), z.unknown());

/** Parts of a session in plain form; what does not exist is absent. */
export const remotePartsSchema = z.object({
  creds: bufferJson.optional(),
  keys: z.record(z.string(), bufferJson).optional(),
});

/** The answer to a read: the parts as they are, or sealed to the recipient key. */
export const remoteReadSchema = remotePartsSchema.extend({
  sealed: z.string().optional(),
  revision: z.number().int(),
});

export const committedBatchSchema = z.object({ revision: z.number().int() });

export type RemoteParts = z.infer<typeof remotePartsSchema>;
export type RemoteReadView = z.infer<typeof remoteReadSchema>;
