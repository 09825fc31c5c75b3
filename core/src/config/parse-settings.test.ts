import { describe, expect, it } from "vitest";
import { parseSettings, SettingsError } from "./parse-settings.ts";

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    parseSettings(env);
    return [];
  } catch (err) {
    if (err instanceof SettingsError) return err.problems;
    throw err;
  }
};

describe("settings", () => {
  it("need nothing: every one has a safe default", () => {
    const settings = parseSettings({});
    expect(settings).toMatchObject({ API_PORT: 8787, HOST: "127.0.0.1", CRON_SECRET: null, METRICS_TOKEN: null });
    expect(settings.derived).toMatchObject({
      isEmbedded: true,
      databaseUrl: "file:./data/switchboard.db",
      warnings: [],
    });
  });

  it("take an empty variable for one that is not set", () => {
    expect(parseSettings({ API_PORT: "", CRON_SECRET: "" })).toMatchObject({ API_PORT: 8787, CRON_SECRET: null });
  });

  it.each([
    [{ API_PORT: "80000" }, "API_PORT"],
    [{ API_PORT: "8788" }, "must differ"],
    [{ SESSION_TOKEN_TTL: "8d" }, "SESSION_TOKEN_TTL"],
    [{ WORKER_LEASE_TTL: "soon" }, "WORKER_LEASE_TTL"],
    [{ TRUSTED_PROXIES: "10.0.0.0/8, proxy" }, "TRUSTED_PROXIES"],
    [{ MASTER_KEY: "a", MASTER_KEY_FILE: "b" }, "not both"],
    [{ WHATSAPP_URL: "ws://127.0.0.1:1" }, "belong together"],
    [{ DATABASE_URL: "postgres://x" }, "DATABASE_URL"],
    [{ DATABASE_SYNC_URL: "https://x" }, "not supported yet"],
    [{ PUBLIC_URL: "ftp://example.org" }, "PUBLIC_URL"],
    [{ RECLAIM_AFTER: "later" }, "RECLAIM_AFTER"],
  ])("refuse %j with a sentence", (env, expected) => {
    expect(problemsOf(env).join("\n")).toContain(expected);
  });

  it("refuse http beyond loopback unless somebody says so, and then say it loudly", () => {
    const env = { PUBLIC_URL: "http://bots.example.org" };
    expect(problemsOf(env).join()).toContain("ALLOW_INSECURE_HTTP");
    expect(parseSettings({ ...env, ALLOW_INSECURE_HTTP: "1" }).derived.warnings).toHaveLength(1);
    expect(problemsOf({ PUBLIC_URL: "http://localhost:3000" })).toEqual([]);
  });

  it("never repeat the value of a secret in an error", () => {
    const problems = problemsOf({ MASTER_KEY: "canary-value", MASTER_KEY_FILE: "/x", API_PORT: "0" }).join();
    expect(problems).not.toContain("canary-value");
  });

  it("read times with and without a unit", () => {
    expect(parseSettings({ SESSION_TOKEN_TTL: "15m", WORKER_LEASE_TTL: "90" })).toMatchObject({
      SESSION_TOKEN_TTL: 900,
      WORKER_LEASE_TTL: 90,
    });
  });
});
