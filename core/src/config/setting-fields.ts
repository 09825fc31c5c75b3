import { z } from "zod";
import { isCidr } from "../domain/access.ts";
import { parseSeconds } from "./duration.ts";

/** One environment variable: how it is read, what it is without it, and what it is for. */
export interface SettingField<T = unknown> {
  readonly schema: z.ZodType<T, string | undefined>;
  /** One sentence for `sb config` and the README. */
  readonly about: string;
  /** true: never shown, not even in part. */
  readonly isSecret?: boolean;
}

const optionalText = () =>
  z
    .string()
    .optional()
    .transform((text) => (text?.trim() ? text.trim() : null));
const port = (standard: number) =>
  z.string().default(String(standard)).transform(Number).pipe(z.number().int().min(1).max(65_535));
const seconds = (standard: number, min: number, max: number) =>
  z
    .string()
    .default(String(standard))
    .transform((text, refinement) => {
      const value = parseSeconds(text);
      if (value !== null && value >= min && value <= max) return value;
      refinement.addIssue({
        code: "custom",
        message: `must be a time from ${min} s to ${max} s, for example "${standard}"`,
      });
      return z.NEVER;
    });
const days = (standard: number) =>
  z.string().default(String(standard)).transform(Number).pipe(z.number().int().min(1).max(3_650));
const flag = () =>
  z
    .enum(["0", "1"])
    .default("0")
    .transform((text) => text === "1");
const cidrs = () =>
  z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    )
    .refine((list) => list.every(isCidr), "must be address ranges with commas between, for example 10.0.0.0/8");

/** Every setting of the product. Nothing else is read from the environment, but `CI` and `PATH` by the scripts. */
export const settingFields = {
  API_PORT: { schema: port(8787), about: "Port of the public REST API." },
  WEB_PORT: { schema: port(3000), about: "Port of the dashboard." },
  WORKER_PORT: { schema: port(8788), about: "Port of the worker's /health, /ready and /metrics." },
  HOST: { schema: z.string().min(1).default("127.0.0.1"), about: "Address the servers listen on." },
  PUBLIC_URL: { schema: optionalText(), about: "Origin people and tokens know this installation by; decides cookies." },
  ALLOW_INSECURE_HTTP: { schema: flag(), about: "1 allows a PUBLIC_URL with http beyond loopback. Loudly unsafe." },
  TRUSTED_PROXIES: { schema: cidrs(), about: "Address ranges whose X-Forwarded-For is believed." },
  FRONT_DOOR_SECRET: {
    schema: optionalText().refine((text) => text === null || text.length >= 32, "must have 32 characters at least"),
    about: "Shared by web and api, so that the api believes web who its visitor is; npm start makes one by itself.",
    isSecret: true,
  },
  DATA_DIR: { schema: z.string().min(1).default("./data"), about: "Folder of the database file, keys and codes." },
  DATABASE_URL: { schema: optionalText(), about: "libSQL URL; without it the file DATA_DIR/switchboard.db." },
  DATABASE_AUTH_TOKEN: { schema: optionalText(), about: "Token of a remote libSQL server.", isSecret: true },
  DATABASE_SYNC_URL: {
    schema: optionalText(),
    about: "Remote server of an embedded replica. Not supported yet: refused at the start.",
  },
  MASTER_KEY: { schema: optionalText(), about: "The master key, 32 bytes in base64url.", isSecret: true },
  MASTER_KEY_FILE: {
    schema: optionalText(),
    about: "File that holds the master key; without both, DATA_DIR/master.key.",
  },
  MASTER_KEY_PREVIOUS: { schema: optionalText(), about: "The master key before a rotation.", isSecret: true },
  WORKER_ID: {
    schema: z
      .string()
      .regex(/^[\w.-]{1,64}$/, "may hold letters, digits, dots and dashes")
      .default("worker-1"),
    about: "Name of this worker; each worker process needs its own.",
  },
  WORKER_LEASE_TTL: {
    schema: seconds(120, 5, 3_600),
    about: "Lease of a worker on a bot; it stops a bot it cannot renew.",
  },
  LEASE_TTL: { schema: seconds(30, 5, 300), about: "Lease of a microservice on a bot, unless it asks for another." },
  RECLAIM_AFTER: {
    schema: optionalText(),
    about: "Time after which workers take back a bot whose holder is gone; default twice the lease.",
  },
  SESSION_TOKEN_TTL: {
    schema: seconds(3_600, 60, 604_800),
    about: "Life of a session token, unless another is asked for.",
  },
  CALL_RETENTION_DAYS: { schema: days(90), about: "Days calls are kept." },
  AUDIT_RETENTION_DAYS: { schema: days(365), about: "Days the audit is kept." },
  CRON_SECRET: {
    schema: optionalText(),
    about: "Bearer of the cleanup endpoint; without it the endpoint answers 404.",
    isSecret: true,
  },
  METRICS_TOKEN: {
    schema: optionalText(),
    about: "Bearer of /metrics; without it only loopback may read them.",
    isSecret: true,
  },
  LOG_LEVEL: {
    schema: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
    about: "Least severity that is logged.",
  },
  WHATSAPP_URL: { schema: optionalText(), about: "Another WhatsApp server: for tests with a simulator only." },
  WHATSAPP_NOISE_ROOT_KEY: { schema: optionalText(), about: "Root key of that server, base64: for tests only." },
} as const satisfies Readonly<Record<string, SettingField>>;

export type SettingName = keyof typeof settingFields;
