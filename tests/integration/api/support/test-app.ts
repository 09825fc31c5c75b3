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
import { listOperations } from "./operations.ts";

/** How one request of a test differs from a bare GET. */
export interface TestRequest {
  readonly method?: string;
  /** Sent as `x-api-key`. */
  readonly key?: string;
  /** Sent as `Authorization: Bearer`. */
  readonly bearer?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Address of the socket's other end. */
  readonly peer?: string;
}

/** An answer, read. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests name the fields they expect; a wrong name fails the assertion
  readonly body: any;
}

/** The app over a temporary database, and everything it said. */
export interface TestApp {
  readonly test: TestContext;
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
}

/** One app for one suite: real routes, verbs, keys and database; only the clock and the cost of passwords are a test's. */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
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

function toInit({ method, key, bearer, json, body, headers }: TestRequest): RequestInit {
  const all = new Headers(headers);
  if (key !== undefined) all.set("x-api-key", key);
  if (bearer !== undefined) all.set("authorization", `Bearer ${bearer}`);
  if (json !== undefined) all.set("content-type", "application/json");
  const content = json === undefined ? (body ?? null) : JSON.stringify(json);
  return { method: method ?? (content === null ? "GET" : "POST"), headers: all, body: content };
}

const documented = listOperations().map(({ method, path, operation }) => ({
  method: method.toUpperCase(),
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
  statuses: new Set(Object.keys(operation.responses)),
}));

/** No call of the REST API may be answered with a status that its document does not name. */
function requireDocumented(method: string, path: string, status: number): void {
  const [plain = ""] = path.split("?");
  const matching = documented.filter((operation) => operation.method === method && operation.pattern.test(plain));
  if (matching.length > 0 && !matching.some(({ statuses }) => statuses.has(String(status))))
    throw new Error(`${method} ${plain} answered ${status}, which its document does not name`);
}

async function readAnswer(response: Response): Promise<TestAnswer> {
  const text = await response.text();
  const isJson = /^application\/(problem\+)?json/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== "" ? JSON.parse(text) : null,
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
  weaknessOf: createWeaknessOf(),
};
