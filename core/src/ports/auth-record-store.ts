/** One record of a commit; `value` is BufferJSON text, null deletes. */
export interface AuthRecordChange {
  readonly type: string;
  readonly id: string;
  readonly value: string | null;
}

/** Where one bot's credentials and keys are kept durably, for one holder of its lease. */
export interface AuthRecordStore {
  /** BufferJSON text of the credentials; null when the bot has none yet. @throws when they cannot be read: never minted anew */
  readCreds(): Promise<string | null>;
  /** Those of the ids that exist. @throws when a record cannot be opened */
  read(type: string, ids: readonly string[]): Promise<Map<string, string>>;
  /** All or nothing, and durable when it resolves. @throws ServiceError stale-epoch (final: stop the socket) or the database's error */
  commit(batch: { readonly records: readonly AuthRecordChange[]; readonly creds: string | null }): Promise<void>;
}
