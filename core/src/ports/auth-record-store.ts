/** One stored key of a bot. `value` is BufferJSON text; null deletes. */
export interface AuthRecord {
  /** A `SignalDataTypeMap` key of Baileys (src/Types/Auth.ts), such as `session` or `pre-key`. */
  readonly type: string;
  readonly id: string;
  readonly value: string | null;
}

/** What one commit makes durable: all of it or nothing. */
export interface AuthBatch {
  /** At most one record per type and id. */
  readonly records: readonly AuthRecord[];
  /** BufferJSON text of the whole credentials; null when they did not change. */
  readonly creds: string | null;
}

/**
 * Where one bot's credentials and keys are kept durably. Values are BufferJSON text.
 *
 * Every call must settle: reads run under the bot's lock, so a read that hangs stops all cryptography of the bot.
 */
export interface AuthRecordStore {
  /** null when the bot has no credentials yet; @throws when they cannot be read (never minted anew). */
  readCreds(): Promise<string | null>;
  /** The stored values of those ids that exist; absent ids are absent from the map. @throws when they cannot be read. */
  read(type: string, ids: readonly string[]): Promise<Map<string, string>>;
  /** All or nothing, durable when it resolves. @throws ServiceError stale-epoch (final: stop the socket), or the database's error. Never called concurrently. */
  commit(batch: AuthBatch): Promise<void>;
}
