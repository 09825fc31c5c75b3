import { createClient } from "@libsql/client";

/** What the libSQL driver was asked inside write transactions, and how long it took. */
export interface DriverProbe {
  /** Statements outside batches and commits since the last reading, and milliseconds inside the driver by step. */
  read(): {
    readonly statements: number;
    readonly commits: number;
    readonly beginMs: number;
    readonly statementsMs: number;
    readonly commitMs: number;
  };
}

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;
type Step = "beginMs" | "statementsMs" | "commitMs";

/** Which step of a transaction a method of the driver's transaction is; a write begins through executeMultiple. */
const STEPS: Readonly<Record<string, Step>> = {
  executeMultiple: "beginMs",
  execute: "statementsMs",
  batch: "statementsMs",
  commit: "commitMs",
};

/**
 * Counts what goes through transactions of every libSQL client of this process, on local files. The driver is
 * synchronous there, so the time of a call is the time the process stands still.
 */
export async function installDriverProbe(url: string): Promise<DriverProbe> {
  const client = createClient({ url });
  const transaction = await client.transaction("deferred");
  const methods: Record<string, Method> = Object.getPrototypeOf(transaction);
  await transaction.rollback();
  client.close();
  let seen = { statements: 0, commits: 0, beginMs: 0, statementsMs: 0, commitMs: 0 };
  for (const [name, step] of Object.entries(STEPS)) {
    const original = methods[name];
    if (original === undefined) throw new Error(`the driver's transactions have no ${name}`);
    methods[name] = async function (...args) {
      const startedAtMs = performance.now();
      try {
        return await original.apply(this, args);
      } finally {
        seen[step] += performance.now() - startedAtMs;
        if (name === "execute") seen.statements += 1;
        if (name === "commit") seen.commits += 1;
      }
    };
  }
  return {
    read: () => {
      const result = seen;
      seen = { statements: 0, commits: 0, beginMs: 0, statementsMs: 0, commitMs: 0 };
      return result;
    },
  };
}
