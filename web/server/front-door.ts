import type { IncomingMessage, ServerResponse } from "node:http";
import { createOriginReader } from "./client-address.ts";
import type { WebSettings } from "./env.ts";
import { belongsToApi, createApiForwarder } from "./forward.ts";
import { setSecurityHeaders } from "./security-headers.ts";

/** Takes a request before the pages do. */
export type FrontDoor = {
  /** Forwards what belongs to the api; prepares anything else and calls `next` with it. */
  handle(req: IncomingMessage, res: ServerResponse, next: () => void): void;
  close(): void;
};

/** Makes the part that the built server and the development server share. */
export function createFrontDoor(settings: WebSettings): FrontDoor {
  const readOrigin = createOriginReader(settings.trustedProxies, settings.publicUrl);
  const forwarder = createApiForwarder(settings.apiUrl, settings.frontDoorSecret);
  return { handle, close: forwarder.close };

  function handle(req: IncomingMessage, res: ServerResponse, next: () => void): void {
    const origin = readOrigin(req);
    if (belongsToApi(req.url)) {
      forwarder.forward(req, res, origin);
      return;
    }
    // The pages read these; from here on they are true, whatever the browser wrote.
    req.headers["x-forwarded-for"] = origin.clientAddress;
    req.headers["x-forwarded-proto"] = origin.protocol;
    req.headers["x-forwarded-host"] = origin.host;
    setSecurityHeaders(res, origin.protocol);
    next();
  }
}
