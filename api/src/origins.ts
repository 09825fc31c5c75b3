/** The names of this machine; a browser treats each as an origin of its own, people do not. */
const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/** The origins whose pages may act with a cookie: the installation's own; on loopback under each of its names. */
export function trustedOrigins(publicUrl: string): readonly string[] {
  const url = new URL(publicUrl);
  if (!LOOPBACK_NAMES.includes(url.hostname)) return [url.origin];
  return LOOPBACK_NAMES.map((name) => {
    url.hostname = name;
    return url.origin;
  });
}

/**
 * Whether a request with a cookie comes from one of our own pages. What changes something must name a trusted Origin;
 * what only reads must not be announced as coming from another site (Fetch Metadata), since it carries no Origin.
 */
export function isOwnPage(method: string, headers: Headers, origins: readonly string[]): boolean {
  const origin = headers.get("origin");
  if (origin !== null) return origins.includes(origin);
  const isRead = method === "GET" || method === "HEAD";
  const site = headers.get("sec-fetch-site");
  return isRead && (site === null || site === "same-origin" || site === "none");
}
