import { z } from "zod";

/** Bytes of the body of an import; a session of 5,000 keys has about 3 MB. */
export const sessionFilesBytesMax = 16 * 1024 * 1024;

const FILES = "The files of a directory of Baileys' `useMultiFileAuthState`: the JSON of each by its name.";
const FILES_EXAMPLE = {
  "creds.json": { registrationId: 4711, "...": "..." },
  "device-list-34600000001.json": ["0", "3"],
};

export const importSessionSchema = z.strictObject({
  /** Comes through unread: a schema of records would drop the name `__proto__` without a word, and the verb refuses it. */
  files: z.unknown().meta({ type: "object", additionalProperties: true, description: FILES, example: FILES_EXAMPLE }),
  /** Replaces the session that the bot has; and takes the files for an old copy where it has none. */
  force: z.boolean().default(false),
});

/** What an import brought. */
export const importedSessionSchema = z.object({
  botId: z.string(),
  phoneNumber: z.string().nullable(),
  /** Keys beside the credentials. */
  keys: z.number().int(),
  revision: z.number().int(),
  /** true: a session that was there is gone. */
  replaced: z.boolean(),
});

/** `confirm` is the bot's name. */
export const exportSessionSchema = z.strictObject({ confirm: z.string().max(200) });

/** A session as files. */
export const exportedSessionSchema = z.object({
  botId: z.string(),
  files: z.record(z.string(), z.unknown()),
  revision: z.number().int(),
  /** What whoever has the files must know. */
  notice: z.string(),
});

export type ImportSessionInput = z.output<typeof importSessionSchema>;
export type ImportedSession = z.infer<typeof importedSessionSchema>;
export type ExportedSession = z.infer<typeof exportedSessionSchema>;
