import { defineConfig } from "vitest/config";

/** The machines of CI have two cores. */
const WORKERS = 2;
const NEVER_TESTS = ["**/node_modules/**", "**/dist/**", "**/build/**", "**/.svelte-kit/**"];

/** What is asked of the api as its clients ask. */
const API_SUITES = "tests/integration/{api,trpc,docs}/**/*.test.ts";

/** The suites of the REST API that ask nothing of the app's parts, only of its answers. */
const CONTRACT_AT_THE_EDGE = [
  "auth-state",
  "auth-state-sealed",
  "blocks",
  "bots",
  "call-blocking",
  "calls",
  "credentials",
  "cron",
  "lease-events",
  "leases",
  "problems",
  "recipients",
  "sealed-sessions",
  "session-files",
  "sessions",
];

export default defineConfig({
  test: {
    exclude: NEVER_TESTS,
    coverage: {
      include: ["{core,db,host,api,worker,web}/src/**", "sdk/{client,session}/src/**"],
      reporter: ["text-summary", "html"],
    },
    projects: [
      {
        test: {
          name: "unit",
          include: ["{core,db,host,api,worker,web,sdk/client,sdk/session,scripts}/**/*.test.ts"],
          exclude: NEVER_TESTS,
          maxWorkers: WORKERS,
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["tests/{contract,integration,checks}/**/*.test.ts"],
          exclude: [...NEVER_TESTS, API_SUITES],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        // Every suite makes an app of its own and shares nothing but the modules, whose import costs more than the tests.
        test: {
          name: "api",
          include: [API_SUITES],
          exclude: NEVER_TESTS,
          isolate: false,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 2 },
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "simulator",
          include: ["tests/{simulator,simulator-suite,signal-durability,chaos}/**/*.test.ts"],
          exclude: NEVER_TESTS,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 3 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Each file starts the whole product, which mostly waits: two at a time keep two cores busy.
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          exclude: [...NEVER_TESTS, "tests/e2e/outage.test.ts"],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 4 },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        // The same tests of bots, calls and sessions once more, on a libSQL server instead of the file; and its outages.
        test: {
          name: "e2e-sqld",
          include: ["tests/e2e/{pairing,calls,session,outage}.test.ts"],
          exclude: NEVER_TESTS,
          env: { E2E_STORE: "sqld" },
          maxWorkers: WORKERS,
          sequence: { groupOrder: 5 },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        // The contract of the REST API once more, answered by the bundle for edge runtimes in a real workerd.
        test: {
          name: "edge",
          include: ["tests/edge/**/*.test.ts", `tests/integration/api/{${CONTRACT_AT_THE_EDGE.join(",")}}.test.ts`],
          exclude: NEVER_TESTS,
          env: { API_RUNTIME: "workerd" },
          globalSetup: ["tests/edge/global-setup.ts"],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 6 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
