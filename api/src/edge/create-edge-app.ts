import { createAppFor } from "../app.ts";
import { answerUnready } from "./answer-unready.ts";
import { type Bindings, readBindings } from "./bindings.ts";
import { createOpenInstallation } from "./installation.ts";
import { createJsonLogger } from "./json-logger.ts";
import { appSettingsOf, createRequestDeps } from "./request-deps.ts";

/** What the platform gives beside a request: the work it is told of goes on when the client is gone. */
export interface Execution {
  waitUntil(work: Promise<unknown>): void;
}

/** Answers the requests of one isolate; never rejects. */
export type EdgeFetch = (request: Request, execution: Execution) => Promise<Response>;

/**
 * The api as an edge runtime serves it. Routes and settings are kept from one request to the next; everything that reads
 * or waits is made for each request anew. `write` gets the lines of the log.
 * @throws SettingsError
 */
export function createEdgeApp(bindings: Bindings, write: (line: string) => void): EdgeFetch {
  const edge = readBindings(bindings);
  const logger = createJsonLogger(edge.settings.LOG_LEVEL, write);
  for (const warning of edge.settings.derived.warnings) logger.warn({}, warning);
  const openInstallation = createOpenInstallation(edge);
  const app = createAppFor(appSettingsOf(edge), ({ deps }) => {
    if (!deps) throw new Error("A request came without its parts");
    return deps;
  });
  const answer = async (request: Request, execution: Execution): Promise<Response> => {
    const installation = await openInstallation();
    const deps = createRequestDeps(edge, installation, logger);
    const response = await app.fetch(request, { peerAddress: peerAddressOf(request, edge.peerAddressField), deps });
    // A stream goes on reading. Everything else is over but for writes that an answer did not wait for.
    if (!isStream(response)) execution.waitUntil(installation.db.close());
    return response;
  };
  return (request, execution) => {
    const answered = answer(request, execution).catch((err: unknown) =>
      answerUnready(err, logger, edge.settings.derived.publicUrl),
    );
    // A write is not left half done because its client went away.
    execution.waitUntil(answered);
    return answered;
  };
}

/** null where the platform does not tell, or was not said to. */
const peerAddressOf = (request: Request, field: string | null): string | null =>
  field === null ? null : request.headers.get(field);

const isStream = (response: Response): boolean =>
  response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
