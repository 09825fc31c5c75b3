/** Everything the page needs comes from this origin; it can neither be framed nor send anything elsewhere. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // The reference makes its style elements while it runs, and they carry no nonce.
  "style-src 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Options of Scalar's API reference: nothing from outside (fonts, telemetry, proxy, hosted client, assistant), and no
 * credential is kept when the page closes.
 */
const CONFIGURATION = {
  withDefaultFonts: false,
  telemetry: false,
  proxyUrl: "",
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  persistAuth: false,
  documentDownloadType: "direct",
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
} as const;

const DESCRIPTION_PATH = "/api/openapi.json";

/** The API reference as a page; `scriptPath` is where its one script is served. Without scripts a sentence stands there. */
export const renderPage = (scriptPath: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Switchboard API</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <noscript>
      <p>This page needs scripts. Everything it shows is in <a href="${DESCRIPTION_PATH}">${DESCRIPTION_PATH}</a>.</p>
    </noscript>
    <script id="api-reference" data-url="${DESCRIPTION_PATH}" data-configuration="${asAttribute(CONFIGURATION)}"></script>
    <script src="${scriptPath}"></script>
  </body>
</html>
`;

const asAttribute = (value: object): string =>
  JSON.stringify(value).replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
