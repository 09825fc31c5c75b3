import type { IncomingMessage } from "node:http";

const OWN_HOST = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/;

/**
 * Whether a request was meant for this port, by a program or by its own page. A page from elsewhere in the same browser
 * names itself in Origin; one that points its own name at this machine names it in Host.
 */
export function isLocalRequest({ headers }: IncomingMessage): boolean {
  const { host = "", origin } = headers;
  return OWN_HOST.test(host) && (origin === undefined || origin === `http://${host}`);
}
