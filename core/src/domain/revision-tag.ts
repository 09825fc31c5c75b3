/** The epoch and revision a write is made on. `revision` null: any of this epoch. */
export interface RevisionTag {
  readonly epoch: number;
  readonly revision: number | null;
}

const TAG = /^"(0|[1-9]\d{0,15})\.(\*|0|[1-9]\d{0,15})"$/;

/** The entity tag of a session: epoch and revision (RFC 9110, 8.8.3; strong). */
export const revisionTag = (epoch: number, revision: number): string => `"${epoch}.${revision}"`;

/** What an If-Match field names; null for what is no tag of a session. Lists, `*` alone and weak tags are none. */
export function readRevisionTag(field: string): RevisionTag | null {
  const [, epoch, revision] = TAG.exec(field.trim()) ?? [];
  if (epoch === undefined || revision === undefined) return null;
  return { epoch: Number(epoch), revision: revision === "*" ? null : Number(revision) };
}
