/** What a list shows while somebody reads it. */
export interface HeldList<Item> {
  readonly shown: readonly Item[];
  /** How many the latest answer has that are not shown. */
  readonly waiting: number;
}

/**
 * A list that keeps its rows and their order while new ones wait, so that nothing moves under a pointer; each row shows
 * what is latest known of it. `held`: the rows that were on show when reading began; null: nobody reads, all is shown.
 */
export function holdList<Item extends { readonly id: string }>(
  held: readonly Item[] | null,
  latest: readonly Item[],
): HeldList<Item> {
  if (held === null) return { shown: latest, waiting: 0 };
  const byId = new Map(latest.map((item) => [item.id, item]));
  const ids = new Set(held.map(({ id }) => id));
  return {
    shown: held.map((item) => byId.get(item.id) ?? item),
    waiting: latest.filter(({ id }) => !ids.has(id)).length,
  };
}
