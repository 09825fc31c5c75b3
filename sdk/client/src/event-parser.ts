/** One event of a stream of server-sent events. */
export interface ParsedEvent {
  readonly type: string;
  /** null: it has no data, and only its id is to be kept. */
  readonly data: string | null;
  /** null: the event says nothing of an id. Empty: the id is forgotten. */
  readonly id: string | null;
}

/**
 * Takes the text of a stream in pieces cut anywhere, and calls `onEvent` for each complete event.
 * WHATWG HTML 9.2.6; `retry` is ignored, since the client has a back-off of its own.
 */
export function createEventParser(onEvent: (event: ParsedEvent) => void): (text: string) => void {
  let rest = "";
  let type = "";
  let data: string[] = [];
  let id: string | null = null;
  const dispatch = () => {
    if (data.length > 0 || id !== null)
      onEvent({ type: type || "message", data: data.length > 0 ? data.join("\n") : null, id });
    type = "";
    data = [];
    id = null;
  };
  const readLine = (line: string) => {
    if (line === "") return dispatch();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") type = value;
    else if (name === "data") data.push(value);
    else if (name === "id" && !value.includes("\0")) id = value;
  };
  return (text) => {
    rest += text;
    // A carriage return at the very end may be the first half of a line end.
    const end = /\r\n|\r(?!$)|\n/;
    for (let match = end.exec(rest); match; match = end.exec(rest)) {
      const line = rest.slice(0, match.index);
      rest = rest.slice(match.index + match[0].length);
      readLine(line);
    }
  };
}
