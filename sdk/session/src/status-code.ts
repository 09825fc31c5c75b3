/** The status code of a Boom, as Baileys closes connections with; null for any other error. */
export function statusCodeOf(error: unknown): number | null {
  const output: unknown = error instanceof Error && "output" in error ? error.output : null;
  const code = typeof output === "object" && output !== null && "statusCode" in output ? output.statusCode : null;
  return typeof code === "number" ? code : null;
}
