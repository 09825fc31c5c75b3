import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";

/** What the proxy does to one request: `answer` loses it after the server has acted, `request` before. */
export type Loss = "answer" | "request" | { readonly status: number };

/** A way to a server on which single requests or answers get lost. */
export interface LossyProxy {
  readonly url: string;
  /** Bodies of the requests so far, in order. */
  readonly bodies: readonly string[];
  /** Loses the next request whose body contains the text; the one after it passes. */
  loseNext(text: string, loss: Loss): void;
  stop(): Promise<void>;
}

/** Starts a proxy in front of a server that speaks HTTP. */
export async function startLossyProxy(serverUrl: string): Promise<LossyProxy> {
  const bodies: string[] = [];
  const losses: { text: string; loss: Loss }[] = [];
  const takeLoss = (body: string) => {
    const index = losses.findIndex(({ text }) => body.includes(text));
    return index === -1 ? undefined : losses.splice(index, 1)[0]?.loss;
  };

  const server = createServer(async (req, res) => {
    const bytes = await readBody(req);
    const body = bytes.toString("utf8");
    bodies.push(body);
    const loss = takeLoss(body);
    if (loss === "request") return void req.socket.destroy();
    if (typeof loss === "object") return void res.writeHead(loss.status).end();
    const answer = await forward(serverUrl, req, bytes);
    if (loss === "answer") return void req.socket.destroy();
    res.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No TCP port was given");
  return {
    url: `http://127.0.0.1:${address.port}`,
    bodies,
    loseNext: (text, loss) => {
      losses.push({ text, loss });
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function forward(serverUrl: string, req: IncomingMessage, body: Buffer) {
  const outgoing = request(new URL(req.url ?? "/", serverUrl), { method: req.method ?? "GET", headers: req.headers });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await readBody(answer) };
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
