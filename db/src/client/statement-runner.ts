import type { InStatement, ResultSet } from "@libsql/client";

/** What a drizzle session runs its statements on. Rejects with this package's errors only. */
export interface StatementRunner {
  execute(statement: InStatement): Promise<ResultSet>;
  batch(statements: InStatement[]): Promise<ResultSet[]>;
  transaction<T>(work: (inner: StatementRunner) => Promise<T>): Promise<T>;
}
