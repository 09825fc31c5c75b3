/**
 * `fetch` that reads the whole answer, and fails in one way. Every runtime has failures of its own, some of them while the
 * body is read; node's is the one the rest of this package knows: a TypeError with the cause.
 * @throws TypeError when there is no answer, or only a part of one
 */
export async function fetchAnswer(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request);
    return new Response(await answer.arrayBuffer(), answer);
  } catch (err) {
    throw new TypeError("fetch failed", { cause: err instanceof Error ? err : new Error("no answer") });
  }
}
