import type { Wanted } from "./session-calls.ts";

/** Ids in one request at most; the service refuses more. */
const IDS_MAX = 1_000;

/** Stored texts by type and id. */
export type FoundTexts = ReadonlyMap<string, ReadonlyMap<string, string>>;

interface Round {
  readonly ids: Map<string, Set<string>>;
  readonly answer: Promise<FoundTexts>;
}

/** Reads that are asked for in one turn of the event loop go out as one request; ids that several ask for, once. */
export class CoalescedReads {
  readonly #fetch: (wanted: Wanted) => Promise<FoundTexts>;
  #round: Round | undefined;

  constructor(fetch: (wanted: Wanted) => Promise<FoundTexts>) {
    this.#fetch = fetch;
  }

  /** The stored texts of those ids that exist. @throws what the request throws */
  async read(type: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.#round ??= this.#begin();
    const { ids: wanted, answer } = this.#round;
    const ofType = wanted.get(type) ?? new Set();
    for (const id of ids) ofType.add(id);
    wanted.set(type, ofType);
    return (await answer).get(type) ?? new Map();
  }

  #begin(): Round {
    const ids = new Map<string, Set<string>>();
    const turnIsOver = new Promise<void>((resolve) => setImmediate(resolve));
    const answer = turnIsOver.then(async () => {
      this.#round = undefined;
      const parts = await Promise.all(split(ids).map((wanted) => this.#fetch(wanted)));
      return merge(parts);
    });
    // Everybody who waits sees the rejection; a round without anybody must not end the process.
    answer.catch(() => undefined);
    return { ids, answer };
  }
}

function split(ids: ReadonlyMap<string, ReadonlySet<string>>): Wanted[] {
  const pairs = [...ids].flatMap(([type, ofType]) => Array.from(ofType, (id) => [type, id] as const));
  const requests: Wanted[] = [];
  for (let start = 0; start < pairs.length; start += IDS_MAX) {
    const grouped = Map.groupBy(pairs.slice(start, start + IDS_MAX), ([type]) => type);
    requests.push(Object.fromEntries([...grouped].map(([type, part]) => [type, part.map(([, id]) => id)])));
  }
  return requests;
}

function merge(parts: readonly FoundTexts[]): FoundTexts {
  const merged = new Map<string, Map<string, string>>();
  for (const part of parts)
    for (const [type, texts] of part) merged.set(type, new Map([...(merged.get(type) ?? []), ...texts]));
  return merged;
}
