/** The login, which brings back to where one was. */
export const loginPath = (from: URL): string => {
  const next = from.pathname + from.search;
  return next === "/" || next === "/bots" ? "/login" : `/login?next=${encodeURIComponent(next)}`;
};

/** Where to go after the login: a path of this site, never another site's address. */
export function nextPath(url: {
  readonly origin: string;
  readonly searchParams: Pick<URLSearchParams, "get">;
}): string {
  const next = url.searchParams.get("next");
  if (next === null || !URL.canParse(next, url.origin)) return "/bots";
  const target = new URL(next, url.origin);
  return target.origin === url.origin && next.startsWith("/") ? target.pathname + target.search : "/bots";
}
