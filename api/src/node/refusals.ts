import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** What is refused before it is a request of ours: it has no id, no caller and no code. 500: nobody answered it. */
export type BareStatus = 400 | 408 | 414 | 417 | 431 | 500;

/** A problem document of no kind of its own (RFC 9457, 4.2.1). The connection ends with it: what follows cannot be trusted. */
export function bareRefusal(status: BareStatus): { headers: Readonly<Record<string, string>>; body: string } {
  const body = JSON.stringify({ type: "about:blank", title: STATUS_CODES[status], status });
  const headers = {
    "Content-Type": "application/problem+json",
    "Content-Length": String(Buffer.byteLength(body)),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    Connection: "close",
  };
  return { headers, body };
}

/** Answers a connection whose bytes could not be read as a request, or came too slowly. */
export function refuseConnection(err: Error, socket: Duplex): void {
  if (!socket.writable || ("code" in err && err.code === "ECONNRESET")) {
    socket.destroy();
    return;
  }
  const status = statusOf("code" in err ? err.code : null);
  const { headers, body } = bareRefusal(status);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** What is wrong with the form of a request that could be read; null for nothing. */
export function findBadForm(
  req: Pick<IncomingMessage, "rawHeaders" | "url">,
  limits: { readonly headerFieldsMax: number; readonly targetLengthMax: number },
): BareStatus | null {
  if (req.rawHeaders.length / 2 > limits.headerFieldsMax) return 431;
  return (req.url ?? "").length > limits.targetLengthMax ? 414 : null;
}

function statusOf(code: unknown): BareStatus {
  if (code === "HPE_HEADER_OVERFLOW") return 431;
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
}
