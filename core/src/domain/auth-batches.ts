/** The custody of a bot and what is remembered of its holder's batches, read together. */
export interface BatchState {
  readonly epoch: number;
  /** null: nobody holds the bot. */
  readonly leaseId: string | null;
  readonly isHeld: boolean;
  readonly revision: number;
  /** Number of the last batch of this epoch; 0: none yet. */
  readonly lastSequence: number;
  /** The remembered batch of the number asked for; null: there is none. */
  readonly applied: { readonly hasSameBody: boolean; readonly revision: number } | null;
}

/** A batch as far as its place is concerned. */
export interface BatchWish {
  readonly epoch: number;
  readonly leaseId: string;
  /** Counts from 1 in each epoch. */
  readonly sequence: number;
  /** The revision it was made on; null: any of this epoch. */
  readonly expectedRevision: number | null;
}

/** What becomes of a batch. `applied`: it was written before, at this revision, and is not written again. */
export type BatchDecision =
  | { readonly kind: "write"; readonly onRevision: number }
  | { readonly kind: "applied"; readonly revision: number }
  | { readonly kind: "stale-epoch"; readonly epoch: number }
  | { readonly kind: "lease-lost" }
  | { readonly kind: "another-body" }
  | { readonly kind: "out-of-order"; readonly expectedSequence: number }
  | { readonly kind: "another-revision"; readonly revision: number };

/**
 * Decides about a batch: who holds the bot comes first, then whether it is a repeat, then its order, then the revision it
 * was made on. A repeat is answered whatever revision it names, since its own made that one old.
 */
export function decideBatch(state: BatchState, wish: BatchWish): BatchDecision {
  const isAnothers = state.leaseId !== null && state.leaseId !== wish.leaseId;
  if (state.epoch !== wish.epoch || isAnothers) return { kind: "stale-epoch", epoch: state.epoch };
  if (state.leaseId === null || !state.isHeld) return { kind: "lease-lost" };
  if (state.applied !== null)
    return state.applied.hasSameBody ? { kind: "applied", revision: state.applied.revision } : { kind: "another-body" };
  const expectedSequence = state.lastSequence + 1;
  if (wish.sequence !== expectedSequence) return { kind: "out-of-order", expectedSequence };
  const { revision } = state;
  if (wish.expectedRevision !== null && wish.expectedRevision !== revision)
    return { kind: "another-revision", revision };
  return { kind: "write", onRevision: revision };
}
