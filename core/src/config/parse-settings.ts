import type { z } from "zod";
import { parseSeconds } from "./duration.ts";
import { type SettingName, settingFields } from "./setting-fields.ts";

/** The settings as read, by their environment names, and what follows from several together. */
export type Settings = Readonly<{ [Name in SettingName]: z.output<(typeof settingFields)[Name]["schema"]> }> & {
  readonly derived: {
    readonly publicUrl: string;
    readonly databaseUrl: string;
    /** true: a file in DATA_DIR, made and kept by this installation alone. */
    readonly isEmbedded: boolean;
    readonly reclaimAfterSeconds: number;
    /** Sentences to be logged at each start. */
    readonly warnings: readonly string[];
  };
};

/** Settings that are wrong or contradict each other; the message is one sentence a line. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/**
 * Reads every setting once. Values of secrets never appear in the errors.
 * @throws SettingsError with a sentence for each setting that is bad or contradicts another
 */
export function parseSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(settingFields)) {
    const given = env[name];
    const result = field.schema.safeParse(given === "" ? undefined : given);
    if (result.success) values[name] = result.data;
    else problems.push(`${name} ${result.error.issues[0]?.message ?? "is not valid"}.`);
  }
  if (problems.length > 0) throw new SettingsError(problems);
  const settings = values as Omit<Settings, "derived">;
  problems.push(...contradictions(settings));
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.freeze({ ...settings, derived: Object.freeze(derive(settings)) });
}

type Given = Omit<Settings, "derived">;

function contradictions(given: Given): string[] {
  const problems: string[] = [];
  const ports = [given.API_PORT, given.WEB_PORT, given.WORKER_PORT];
  if (new Set(ports).size < ports.length) problems.push("API_PORT, WEB_PORT and WORKER_PORT must differ.");
  if (given.MASTER_KEY !== null && given.MASTER_KEY_FILE !== null)
    problems.push("Give MASTER_KEY or MASTER_KEY_FILE, not both.");
  if (given.RECLAIM_AFTER !== null && parseSeconds(given.RECLAIM_AFTER) === null)
    problems.push('RECLAIM_AFTER must be a time, for example "60".');
  if ((given.WHATSAPP_URL === null) !== (given.WHATSAPP_NOISE_ROOT_KEY === null))
    problems.push("WHATSAPP_URL and WHATSAPP_NOISE_ROOT_KEY belong together: give both or neither.");
  if (given.DATABASE_URL !== null && !/^(file|libsql|https?|wss?):/.test(given.DATABASE_URL))
    problems.push("DATABASE_URL must begin with file:, libsql:, http(s): or ws(s):.");
  if (given.DATABASE_SYNC_URL !== null)
    problems.push(
      "DATABASE_SYNC_URL (an embedded replica) is not supported yet: its sync stops the whole process while the network waits. Use DATABASE_URL with the server's address.",
    );
  problems.push(...publicUrlProblems(given));
  return problems;
}

function publicUrlProblems(given: Given): string[] {
  if (given.PUBLIC_URL === null) return [];
  const url = URL.parse(given.PUBLIC_URL);
  if (!url || !/^https?:$/.test(url.protocol)) return ["PUBLIC_URL must be an http or https URL."];
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !given.ALLOW_INSECURE_HTTP)
    return [
      "PUBLIC_URL uses http beyond loopback: use https, or set ALLOW_INSECURE_HTTP=1 and accept that secrets travel in clear.",
    ];
  return [];
}

function derive(given: Given): Settings["derived"] {
  const warnings: string[] = [];
  if (given.ALLOW_INSECURE_HTTP)
    warnings.push("ALLOW_INSECURE_HTTP is on: passwords, keys and sessions may travel in clear.");
  if (given.WHATSAPP_URL !== null)
    warnings.push("WHATSAPP_URL is set: bots talk to a test server, not to WhatsApp, and trust its certificate root.");
  return {
    publicUrl: new URL(given.PUBLIC_URL ?? `http://127.0.0.1:${given.WEB_PORT}`).origin,
    databaseUrl: given.DATABASE_URL ?? `file:${given.DATA_DIR}/switchboard.db`,
    isEmbedded: given.DATABASE_URL?.startsWith("file:") ?? true,
    reclaimAfterSeconds: given.RECLAIM_AFTER === null ? given.LEASE_TTL * 2 : (parseSeconds(given.RECLAIM_AFTER) ?? 0),
    warnings,
  };
}

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
