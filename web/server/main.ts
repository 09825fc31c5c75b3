/** The web process: serves the built dashboard and forwards what belongs to the api. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readWebSettings, tellAdapterWhereToLook, type WebSettings } from "./env.ts";
import { createFrontDoor } from "./front-door.ts";

/** How long answers under way may take to end; event streams never end by themselves. */
const STOP_DEADLINE_MS = 1_500;

type PageHandler = (req: IncomingMessage, res: ServerResponse, next: () => void) => void;

try {
  await serve(readWebSettings());
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : err}\n`);
  process.exitCode = 1;
}

async function serve(settings: WebSettings): Promise<void> {
  const door = createFrontDoor(settings);
  const pages = await loadPages();
  const server = createServer((req, res) => door.handle(req, res, () => pages(req, res, () => answerNotFound(res))));
  await new Promise<void>((settle, reject) => {
    server.once("error", reject);
    server.listen({ port: settings.webPort, host: settings.host }, settle);
  });
  process.stdout.write(`Listening on ${settings.host} port ${settings.webPort}\n`);
  const stop = () => {
    server.close(door.close);
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), STOP_DEADLINE_MS).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

async function loadPages(): Promise<PageHandler> {
  tellAdapterWhereToLook();
  const built: { handler: PageHandler } = await import(new URL("../build/handler.js", import.meta.url).href);
  return built.handler;
}

function answerNotFound(res: ServerResponse): void {
  res.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
  res.end("Not found\n");
}
