import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSettings } from "@switchboard/core/config/parse-settings";
import type { Passwords } from "@switchboard/core/ports/passwords";
import { createTestContext, type TestContext, testSettings } from "@switchboard/core/testing/test-context";
import { createApp } from "../../../../api/src/app.ts";
import { type AppDeps, type AppSettings, standardLimits } from "../../../../api/src/app-deps.ts";
import { createBrowserSignIn } from "../../../../api/src/deps/browser-sign-in.ts";
import { createWeaknessOf } from "../../../../api/src/deps/password-strength.ts";
import { createMetrics } from "../../../../api/src/deps/prometheus.ts";
import { openReferenceScript } from "../../../../api/src/deps/reference-script.ts";
import { openSetupCode } from "../../../../api/src/deps/setup-code.ts";
import { isServedByWorkerd } from "./runtime.ts";
import { readAnswer, requireDocumented, type TestAnswer, type TestRequest, toInit } from "./test-request.ts";
import { createWorkerdApp } from "./workerd-app.ts";

export type { TestAnswer, TestRequest };

/** The app over a temporary database, and everything it said. */
export interface TestApp {
  readonly test: TestContext;
  /** Where it can be reached by others; null: in this process only. */
  readonly url: string | null;
  readonly dataDir: string;
  readonly setupCode: ReturnType<typeof openSetupCode>;
  /** Every log line so far, as JSON text. */
  readonly logLines: readonly string[];
  request(path: string, request?: TestRequest): Promise<TestAnswer>;
  dispose(): Promise<void>;
}

/** Overrides of a test app; the rest is as in production. */
export interface TestAppOptions {
  readonly settings?: Partial<AppSettings>;
  readonly deps?: (deps: AppDeps) => AppDeps;
  /** Bindings of the worker, where workerd serves the app. */
  readonly bindings?: Readonly<Record<string, string>>;
}

/** One app for one suite, served by the runtime of the vitest project. */
export const createTestApp = (options: TestAppOptions = {}): Promise<TestApp> =>
  isServedByWorkerd ? createWorkerdApp(options) : createNodeApp(options);

/** Real routes, verbs, keys and database; only the clock and the cost of passwords are a test's. */
async function createNodeApp(options: TestAppOptions): Promise<TestApp> {
  const test = await createTestContext();
  const dataDir = await mkdtemp(join(tmpdir(), "switchboard-api-"));
  const setupCode = openSetupCode(dataDir);
  const logLines: string[] = [];
  const log = (fields: object, message: string) => logLines.push(JSON.stringify({ ...plain(fields), message }));
  const { actor: _actor, request: _request, ...base } = test.as({ kind: "anonymous" });
  const deps: AppDeps = {
    base: { ...base, passwords: cheapPasswords },
    settings: {
      ...standardLimits,
      version: "0.0.0-test",
      trustedProxies: [],
      cronSecret: null,
      metricsToken: null,
      ...options.settings,
    },
    logger: { info: log, warn: log, error: log },
    metrics: createMetrics(),
    setupCode,
    browserSignIn: createBrowserSignIn({
      ...base,
      passwords: cheapPasswords,
      publicUrl: testSettings.publicUrl,
      logger: { info: log, warn: log, error: log },
    }),
    documentation: openReferenceScript(),
    configuration: parseSettings({ PUBLIC_URL: testSettings.publicUrl }),
    stopping: new AbortController().signal,
  };
  const app = createApp(options.deps?.(deps) ?? deps);
  return {
    test,
    url: null,
    dataDir,
    setupCode,
    logLines,
    request: async (path, request = {}) => {
      const init = toInit(request);
      const response = await app.request(path, init, { peerAddress: request.peer ?? "198.51.100.7" });
      requireDocumented(init.method ?? "GET", path, response.status);
      return readAnswer(response);
    },
    dispose: async () => {
      await test.dispose();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** An error as a logger would write it, so that a secret in its message is seen. */
const plain = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  );

/** No scrypt: tests of routes are not about its cost. */
const cheapPasswords: Passwords = {
  hash: async (password) => `plain:${password}`,
  verify: async (password, hash) => hash === `plain:${password}`,
  decoy: "",
  weaknessOf: createWeaknessOf(),
};
