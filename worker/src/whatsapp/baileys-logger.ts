import type { SocketConfig } from "@whiskeysockets/baileys";

type BaileysLogger = SocketConfig["logger"];

/** Where the lines go. */
type Lines = Readonly<Record<"warn" | "error", (fields: object, message: string) => void>>;

/**
 * A logger for Baileys that lets through what a person needs and none of what Baileys puts into its objects: nodes,
 * handshakes and keys. Only warnings and errors pass, and of them only the text and the kind of error.
 */
export function createBaileysLogger(logger: Lines): BaileysLogger {
  const pass = (level: "warn" | "error") => (subject: unknown, message?: string) => {
    const text = typeof subject === "string" ? subject : (message ?? "");
    logger[level]({ component: "baileys", cause: errorName(subject) }, text.slice(0, 200));
  };
  const ignore = () => undefined;
  const wrapped: BaileysLogger = {
    level: "warn",
    child: () => wrapped,
    trace: ignore,
    debug: ignore,
    info: ignore,
    warn: pass("warn"),
    error: pass("error"),
  };
  return wrapped;
}

function errorName(subject: unknown): string | undefined {
  if (subject instanceof Error) return subject.name;
  if (typeof subject === "object" && subject !== null && "err" in subject && subject.err instanceof Error)
    return subject.err.name;
  return undefined;
}
