import { openDatabase } from "@switchboard/db/client";
import { createTestDatabase } from "@switchboard/db/testing";
import type { Database } from "@switchboard/db/types";
import { type Actor, noRequest, type ServiceContext, type ServiceSettings } from "../context.ts";
import { type Bytes, randomBytes } from "../crypto/bytes.ts";
import { createIds } from "../crypto/ids.ts";
import { MASTER_KEY_BYTES, openMasterKey } from "../crypto/master-key.ts";
import { hintWords, isMostlyHints } from "../domain/password-hints.ts";
import type { Passwords } from "../ports/passwords.ts";
import { loadKeyring } from "../services/system/load-keyring.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

/** One suite's own installation: a migrated temporary database, a clock that obeys, real ids and a real keyring. */
export interface TestContext {
  readonly db: Database;
  /** `file:` address of the database, for a second process. */
  readonly url: string;
  readonly clock: FakeClock;
  /** What a verb gets when this actor asks; `changes` replaces parts. */
  as(actor: Actor, changes?: Partial<ServiceContext>): ServiceContext;
  /** Opens the same file once more, as another process would; closed by `dispose`. */
  openAgain(): Promise<Database>;
  dispose(): Promise<void>;
}

/** The settings of tests; override what a test is about. */
export const testSettings: ServiceSettings = {
  publicUrl: "http://127.0.0.1:8787",
  sessionTokenTtlSeconds: 3_600,
  workerLeaseTtlSeconds: 120,
  leaseTtlSeconds: 30,
  reclaimAfterSeconds: null,
  callRetentionDays: 90,
  auditRetentionDays: 365,
};

/** What a context stands on, where that is not a temporary file and a clock that obeys. */
export interface TestGround {
  readonly database: Database;
  readonly url: string;
  readonly clock: FakeClock;
  /** The master key of the installation that shares the database. */
  readonly masterKey: Bytes;
  dispose(): Promise<void>;
}

/** Call once per suite (`beforeAll`) and `dispose` at its end. */
export async function createTestContext(
  settings: Partial<ServiceSettings> = {},
  ground?: TestGround,
): Promise<TestContext> {
  const { database: db, url, clock, masterKey, dispose } = ground ?? (await usualGround());
  const master = await openMasterKey(masterKey);
  const base = {
    db,
    clock,
    ids: createIds(clock),
    keyring: await loadKeyring(db, master, clock),
    passwords: plainPasswords,
    settings: { ...testSettings, ...settings },
    request: noRequest,
  };
  const others: Database[] = [];
  return {
    db,
    url,
    clock,
    as: (actor, changes = {}) => ({ ...base, actor, ...changes }),
    openAgain: async () => {
      const other = await openDatabase({ url });
      others.push(other);
      return other;
    },
    dispose: async () => {
      await Promise.all(others.map((other) => other.close()));
      await dispose();
    },
  };
}

const usualGround = async (): Promise<TestGround> => ({
  ...(await createTestDatabase()),
  clock: createFakeClock(),
  masterKey: randomBytes(MASTER_KEY_BYTES),
});

/** No hashing at all: tests of verbs are not about the cost of scrypt. */
const plainPasswords: Passwords = {
  hash: async (password) => `plain:${password}`,
  verify: async (password, hash) => hash === `plain:${password}`,
  decoy: "",
  // The lists of known passwords belong to the api; the rule on words that others know needs none.
  weaknessOf: async (password, hints) =>
    isMostlyHints(password, hintWords(hints)) ? "Use a sentence that is not about you." : null,
};
