import { toBase64Url, utf8 } from "@switchboard/core/crypto/bytes";
import { notFound } from "@switchboard/core/errors";
import { type Context, Hono } from "hono";
import { PAGE_POLICY, renderPage } from "../docs-page/page.ts";
import type { ReferenceScript } from "../docs-page/reference-script.ts";
import { describeApi } from "../openapi.ts";
import type { ApiEnv } from "../router.ts";

const FOR_EVER = "public, max-age=31536000, immutable";
/** Kept, but asked after each time, so that a new version is seen at once. */
const ASK_FIRST = "no-cache";

/** The description of the API by itself, for machines and as a page. */
export function documentRoutes(version: string) {
  const router = new Hono<ApiEnv>();
  let document: ReturnType<typeof describeApi> | null = null;
  router.get("/api/openapi.json", (c) => {
    document ??= describeApi(version);
    return c.json(document, 200, { "Cache-Control": "public, max-age=300" });
  });
  router.get("/docs", async (c) => answerPage(c, await readScript(c)));
  router.get("/docs/:file", async (c) => answerScript(c, await readScript(c)));
  return router;
}

const scriptName = ({ hash }: ReferenceScript): string => `reference-${hash}.js`;

async function readScript(c: Context<ApiEnv>): Promise<ReferenceScript> {
  const { documentation } = c.var.deps;
  if (!documentation) throw notFound();
  return documentation();
}

async function answerPage(c: Context<ApiEnv>, script: ReferenceScript): Promise<Response> {
  const page = renderPage(`/docs/${scriptName(script)}`);
  c.header("Content-Security-Policy", PAGE_POLICY);
  c.header("Cross-Origin-Opener-Policy", "same-origin");
  c.header("Cache-Control", ASK_FIRST);
  return isKnown(c, await hashOf(page)) ?? c.html(page);
}

function answerScript(c: Context<ApiEnv>, script: ReferenceScript): Response {
  if (c.req.param("file") !== scriptName(script)) throw notFound();
  c.header("Cache-Control", FOR_EVER);
  c.header("Vary", "Accept-Encoding");
  c.header("Content-Type", "text/javascript; charset=utf-8");
  const known = isKnown(c, script.hash);
  if (known) return known;
  if (!/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) return c.body(decompress(script.gzipped));
  c.header("Content-Encoding", "gzip");
  return c.body(script.gzipped);
}

/** Names the version, and answers a client that has it already; null for one that has not. */
function isKnown(c: Context<ApiEnv>, version: string): Response | null {
  const tag = `"${version}"`;
  c.header("ETag", tag);
  return c.req.header("if-none-match") === tag ? c.body(null, 304) : null;
}

const hashOf = async (text: string): Promise<string> =>
  toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));

const decompress = (gzipped: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> =>
  new Blob([gzipped]).stream().pipeThrough(new DecompressionStream("gzip"));
