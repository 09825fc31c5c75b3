/** The colours a person chose; `system` follows the device. */
export const themes = ["system", "light", "dark"] as const;

/** One choice; see {@link themes}. */
export type Theme = (typeof themes)[number];

/** Holds the choice; the server needs it before the first byte of a page. */
export const THEME_COOKIE = "switchboard-theme";
const YEAR_SECONDS = 31_536_000;

/** The choice a cookie holds; `system` for anything else. */
export const readTheme = (text: string | undefined): Theme => themes.find((theme) => theme === text) ?? "system";

/** Shows the page in these colours now, and every later page. */
export function chooseTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in every browser, and the cookie holds no secret
  document.cookie = `${THEME_COOKIE}=${theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
}
