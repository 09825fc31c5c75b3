/** Run as `node close-session.ts stock|repaired`. Makes libsignal close a session whose private key is known. */
import { libsignalPath, requireFromHere } from "../client-sources.ts";

if (process.argv[2] === "repaired") await import("../install.ts");
interface Record {
  closeSession(session: object): void;
}
const SessionRecord: new () => Record = requireFromHere(libsignalPath("session_record.js"));
const levels = ["log", "info", "warn", "error"] as const;
for (const level of levels) {
  // biome-ignore lint/suspicious/noConsole: printing is what this program is for
  console[level](`own ${level}`);
}
new SessionRecord().closeSession({ indexInfo: { closed: -1 }, privKey: "the-private-key" });
