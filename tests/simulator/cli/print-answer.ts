/** Prints an answer of the control port: JSON on one line, or one `name value` line per field for people. */
export function printAnswer(answer: unknown, isJson: boolean): void {
  if (isJson) {
    console.log(JSON.stringify(answer));
    return;
  }
  const rows = Array.isArray(answer) ? answer : [answer];
  if (rows.length === 0) console.log("none");
  for (const row of rows) console.log(describe(row));
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, content]) => `${name}: ${typeof content === "object" ? JSON.stringify(content) : String(content)}`)
    .join("  ");
}
