import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makePrivateFolder } from "./durable-files.ts";

/** SQLITE_BUSY, https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** Another process of this WORKER_ID writes the sessions' files of this DATA_DIR. */
export class SessionsInUseError extends Error {
  override readonly name = "SessionsInUseError";
  constructor(workerId: string) {
    super(`another process uses WORKER_ID ${workerId} with this DATA_DIR: nothing is taken before it has ended`);
  }
}

/**
 * Says which process may write the files of one worker's sessions. The lock is SQLite's, on an empty file of its own, so
 * the system lets it go when the process ends in whatever way, and holds it against containers that share the disk.
 */
export class SessionsLock {
  readonly #dataDir: string;
  readonly #workerId: string;
  #held: DatabaseSync | null = null;

  constructor(dataDir: string, workerId: string) {
    this.#dataDir = dataDir;
    this.#workerId = workerId;
  }

  /** Takes the lock, unless it is held here already. @throws SessionsInUseError, the system's error */
  async take(): Promise<void> {
    if (this.#held !== null) return;
    await makePrivateFolder(this.#dataDir);
    const file = new DatabaseSync(join(this.#dataDir, `sessions-${this.#workerId}.lock`), { timeout: 0 });
    try {
      file.exec("BEGIN EXCLUSIVE");
      this.#held = file;
    } catch (err) {
      file.close();
      throw isBusy(err) ? new SessionsInUseError(this.#workerId) : err;
    }
  }

  /** Lets another process have it. */
  release(): void {
    this.#held?.close();
    this.#held = null;
  }
}

const isBusy = (err: unknown): boolean => err instanceof Error && "errcode" in err && err.errcode === SQLITE_BUSY;
