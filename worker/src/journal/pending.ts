import type { AuthBatch } from "@switchboard/core/ports/auth-record-store";
import { CREDS_ID, CREDS_TYPE } from "@switchboard/core/services/auth-state/open-record-store";

/** A commit that the disk has and the database has not. */
export interface PendingCommit {
  readonly batch: AuthBatch;
  readonly revision: number;
}

/** The commits that wait for the database, in their order, and the newest value of each record in them. */
export class Pending {
  readonly #commits: PendingCommit[] = [];
  readonly #newest = new Map<string, { readonly value: string | null; readonly revision: number }>();

  get count(): number {
    return this.#commits.length;
  }

  get first(): PendingCommit | undefined {
    return this.#commits[0];
  }

  add(commit: PendingCommit): void {
    this.#commits.push(commit);
    for (const [name, value] of valuesOf(commit.batch)) this.#newest.set(name, { value, revision: commit.revision });
  }

  /** Takes the first one away. */
  remove({ batch, revision }: PendingCommit): void {
    this.#commits.shift();
    for (const [name] of valuesOf(batch)) if (this.#newest.get(name)?.revision === revision) this.#newest.delete(name);
  }

  /** The values known here, and the ids that nothing here says anything of. */
  find(type: string, ids: readonly string[]): { found: Map<string, string>; unknown: string[] } {
    const found = new Map<string, string>();
    const unknown: string[] = [];
    for (const id of ids) {
      const known = this.#newest.get(nameOf(type, id));
      if (known === undefined) unknown.push(id);
      else if (known.value !== null) found.set(id, known.value);
    }
    return { found, unknown };
  }
}

function valuesOf({ records, creds }: AuthBatch): (readonly [string, string | null])[] {
  const values = records.map(({ type, id, value }) => [nameOf(type, id), value] as const);
  return creds === null ? values : [...values, [nameOf(CREDS_TYPE, CREDS_ID), creds]];
}

const nameOf = (type: string, id: string): string => `${type}:${id}`;
