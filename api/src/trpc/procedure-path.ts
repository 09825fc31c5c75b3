/** More names in one path than a batch may hold are refused later; they must not cost time here. */
const PROCEDURES_MAX = 20;

/** The one spelling of names that is served. */
const PLAIN_PATH = /^\/trpc\/([\w.,]+)$/;

/**
 * The procedures a path names, the first 20 of them. Empty where it names none, and for every other spelling: tRPC's own
 * reader would drop slashes at the end and decode `%2C` to a comma, so a path could call what nobody counted. Whoever
 * serves such a path must refuse it.
 */
export function proceduresOf(path: string): readonly string[] {
  return PLAIN_PATH.exec(path)?.[1]?.split(",", PROCEDURES_MAX) ?? [];
}
