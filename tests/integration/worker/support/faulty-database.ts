import type { Database } from "@switchboard/db/types";

/** What a database does with what is asked of it: answers, is away, or acts and never answers. */
export type Mood = "well" | "away" | "deaf";

/** A real database behind a line that can fail. */
export interface FaultyDatabase {
  readonly db: Database;
  mood: Mood;
}

/** `deaf` applies a batch and then fails as a lost answer does; everything else of it fails as `away` does. */
export function makeFaulty(real: Database): FaultyDatabase {
  const fail = (outcome: "unknown" | "not_applied") =>
    Promise.reject(Object.assign(new Error("no answer"), { code: "database_unavailable", outcome }));
  const faulty: FaultyDatabase = {
    mood: "well",
    db: {
      ...real,
      get reader() {
        if (faulty.mood === "well") return real.reader;
        return new Proxy(real.reader, {
          get: () => () => {
            throw Object.assign(new Error("no answer"), { code: "database_unavailable" });
          },
        });
      },
      write: (work) => (faulty.mood === "well" ? real.write(work) : fail("not_applied")),
      readBatch: (build) => (faulty.mood === "well" ? real.readBatch(build) : fail("not_applied")),
      writeBatch: async (build) => {
        if (faulty.mood === "away") return fail("not_applied");
        const answer = await real.writeBatch(build);
        return faulty.mood === "well" ? answer : fail("unknown");
      },
    },
  };
  return faulty;
}
