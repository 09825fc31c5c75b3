import type { Database } from "@switchboard/db/types";

/** A database in whose writes something can come between. */
export interface InterruptibleDatabase {
  wrap(db: Database): Database;
  /** Does this once, after the next reading of several rows and before the write that follows it. */
  interrupt(meanwhile: () => Promise<unknown>): void;
}

/** Lets a test act at the moment between what a verb read and what it writes because of it. */
export function createInterruptible(): InterruptibleDatabase {
  let meanwhile: (() => Promise<unknown>) | null = null;
  let hasRead = false;
  return {
    interrupt: (work) => {
      meanwhile = work;
    },
    wrap: (db) => ({
      ...db,
      readBatch: (build) => {
        hasRead = true;
        return db.readBatch(build);
      },
      writeBatch: async (build) => {
        const work = hasRead ? meanwhile : null;
        if (work !== null) meanwhile = null;
        hasRead = false;
        await work?.();
        return db.writeBatch(build);
      },
    }),
  };
}
