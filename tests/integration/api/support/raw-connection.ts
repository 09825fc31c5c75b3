import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** An answer as it came over a socket. */
export interface RawAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** A connection that sends what no client library would. */
export interface RawConnection {
  send(text: string | Uint8Array): void;
  /** Everything the server sent until it closed the connection, as answers. */
  untilClosed(): Promise<readonly RawAnswer[]>;
  /** The next answer on a connection that stays open. */
  next(): Promise<RawAnswer>;
  close(): void;
}

/** Connects to a port of this machine. */
export async function openRawConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let received = "";
  let taken = 0;
  const closed = closing(socket);
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
  });
  return {
    send: (text) => {
      if (socket.writable) socket.write(text);
    },
    untilClosed: async () => {
      await closed;
      return parseAnswers(received);
    },
    next: async () => {
      for (;;) {
        const answer = parseAnswers(received)[taken];
        if (answer) {
          taken += 1;
          return answer;
        }
        if (socket.destroyed) throw new Error("the connection was closed before the answer came");
        await Promise.race([once(socket, "data"), closed]);
      }
    },
    close: () => socket.destroy(),
  };
}

/** A server that cuts the connection while we still send makes an error of it; both are the end. */
function closing(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("error", () => undefined);
  socket.on("close", () => resolve());
  return promise;
}

/** Whole answers only; those with Content-Length, which are all but streams. */
function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return answers;
    const [first = "", ...lines] = rest.slice(0, end).split("\r\n");
    const headers = new Map(
      lines.map((line) => [line.split(":", 1)[0]?.toLowerCase() ?? "", line.replace(/^[^:]*: */, "")]),
    );
    const status = Number(first.split(" ")[1]);
    const length = Number(headers.get("content-length") ?? 0);
    const body = rest.slice(end + 4, end + 4 + length);
    if (body.length < length) return answers;
    if (status !== 100) answers.push({ status, headers, text: body });
    rest = rest.slice(end + 4 + length);
  }
}
