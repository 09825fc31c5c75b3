import { answerUnready } from "./edge/answer-unready.ts";
import type { Bindings } from "./edge/bindings.ts";
import { createEdgeApp, type EdgeFetch, type Execution } from "./edge/create-edge-app.ts";
import { createJsonLogger } from "./edge/json-logger.ts";

/** Made at the first request: nothing may be read, drawn at random or waited for before one. */
let serve: EdgeFetch | null = null;

// biome-ignore lint/suspicious/noConsole: the console is the log of an edge platform
const writeLine = (line: string): void => console.log(line);

function serveWith(bindings: Bindings): EdgeFetch {
  try {
    return createEdgeApp(bindings, writeLine);
  } catch (err) {
    const logger = createJsonLogger("error", writeLine);
    const publicUrl = typeof bindings.PUBLIC_URL === "string" ? bindings.PUBLIC_URL : "";
    return async () => answerUnready(err, logger, publicUrl);
  }
}

/** The api as a module worker, the form that workerd and platforms built on it load. */
export default {
  fetch(request: Request, bindings: Bindings, execution: Execution): Promise<Response> {
    serve ??= serveWith(bindings);
    return serve(request, execution);
  },
};
