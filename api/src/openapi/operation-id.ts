/**
 * A name for a call that generated clients use: method, then the words of the path, in the singular where one thing is named.
 * It depends on nothing else, so it stays while the path stays: `get /api/bots/{botId}/calls/{callId}` is `getBotCall`.
 */
export function operationIdOf(method: string, path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== "api");
  const words = segments.flatMap((segment, place) => {
    if (segment.startsWith("{")) return [];
    const isOfOne = segments[place + 1]?.startsWith("{") === true;
    return (isOfOne ? singularOf(segment) : segment).split(/[^a-z0-9]+/i).filter(Boolean);
  });
  return [method, ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join("");
}

/** A word that has no plural of its own is told apart by what it is a list of. */
const singularOf = (segment: string): string => (segment.endsWith("s") ? segment.slice(0, -1) : `${segment}-entry`);
