import type { Page } from "playwright-core";

/** One picture of the documentation. */
export interface Shot {
  /** Of the file, without its ending. */
  readonly name: string;
  /** On the dashboard. */
  readonly path: string;
  readonly isDark?: boolean;
  readonly isPhone?: boolean;
  /** Of the window, in CSS pixels; a desktop's unless said otherwise. */
  readonly size?: { readonly width: number; readonly height: number };
  /** The simulator's page instead of the dashboard. */
  readonly isControlPage?: boolean;
  /** Brings the page into the state that is shown. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** The pictures, in light and dark, wide and on a phone. `bots` has the ids of the bots by their names. */
export function shotsOf(bots: ReadonlyMap<string, string>): readonly Shot[] {
  const pathOf = (name: string, tab = "") => `/bots/${bots.get(name) ?? name}${tab}`;
  return [
    { name: "bots", path: "/bots" },
    { name: "bots-phone-dark", path: "/bots", isPhone: true, isDark: true },
    { name: "bot", path: pathOf("Front desk") },
    { name: "bot-dark", path: pathOf("Front desk"), isDark: true },
    { name: "calls", path: pathOf("Front desk", "/calls") },
    { name: "calls-dark", path: pathOf("Front desk", "/calls"), isDark: true },
    { name: "calls-phone", path: pathOf("Front desk", "/calls"), isPhone: true },
    { name: "call-blocking", path: pathOf("Front desk", "/call-blocking") },
    { name: "statistics", path: pathOf("Front desk", "/statistics") },
    { name: "pairing", path: pathOf("Weekend line"), prepare: openPairing },
    { name: "simulator", path: "/", isControlPage: true, size: { width: 1180, height: 1000 } },
  ];
}

async function openPairing(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Pair", exact: true }).click();
  await page.getByRole("img", { name: "QR code that links Weekend line" }).waitFor();
}
