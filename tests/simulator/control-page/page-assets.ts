import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";

const FOLDER = join(import.meta.dirname, "assets");
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

/** A file of the control page. */
export interface PageAsset {
  readonly type: string;
  readonly content: Buffer;
}

/** Every file of the page; nothing else is ever read. */
const FILES: ReadonlySet<string> = new Set([
  "control-page.html",
  "control-page.css",
  "control-page.js",
  "controls.css",
  "by-hand.js",
  "caller-card.js",
  "choices.js",
  "commands.js",
  "elements.js",
  "phone-card.js",
  "sights.js",
]);

/** The file of the page at a path; null when there is none. */
export async function readPageAsset(path: string): Promise<PageAsset | null> {
  const file = path === "/" ? "control-page.html" : path.slice(1);
  const type = TYPES[extname(file)];
  if (!FILES.has(file) || type === undefined) return null;
  return { type, content: await readFile(join(FOLDER, file)) };
}
