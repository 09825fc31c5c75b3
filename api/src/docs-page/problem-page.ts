import type { ProblemKind } from "../problems.ts";

/** What /problems/<code> tells a person: plain words without scripts and styles. Nothing of a request stands in it. */
export const renderProblem = (code: string, { status, title, cause, check }: ProblemKind): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} - Switchboard</title>
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      <p>Status ${status}, code <code>${code}</code></p>
      <h2>Cause</h2>
      <p>${withCode(cause)}</p>
      <h2>What to do</h2>
      <p>${withCode(check)}</p>
      <p><a href="/docs">All calls of the API</a></p>
    </main>
  </body>
</html>
`;

const withCode = (words: string): string => escapeHtml(words).replace(/`([^`]+)`/g, "<code>$1</code>");

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
