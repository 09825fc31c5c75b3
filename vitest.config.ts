import { defineConfig } from "vitest/config";

/** The machines of CI have two cores, and a third of what the tests do is to wait. */
const WORKERS = 3;
/** Files that each start the whole product: two keep two cores busy. */
const PRODUCTS = 2;
const NEVER_TESTS = ["**/node_modules/**", "**/dist/**", "**/build/**", "**/.svelte-kit/**"];

/** What no test of a healthy product comes near: nothing passes or fails on how long it took. */
const PATIENCE = { testTimeout: 240_000, hookTimeout: 300_000, expect: { poll: { timeout: 60_000 } } };

/**
 * For suites that each make a world of their own and share nothing but the modules, whose import costs as much as the tests.
 * The modules of the WhatsApp client are repaired first, since they are the same for every file.
 */
const SHARED_MODULES = { isolate: false, setupFiles: ["worker/src/whatsapp/repairs/install.ts"] };

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

// Two groups only: within one, a project begins when a worker is free and not when the last file of another has ended.
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
          ...PATIENCE,
          ...SHARED_MODULES,
          name: "unit",
          include: ["{core,db,host,api,worker,web,sdk/client,sdk/session,scripts}/**/*.test.ts"],
          exclude: NEVER_TESTS,
          maxWorkers: WORKERS,
        },
      },
      {
        test: {
          ...PATIENCE,
          ...SHARED_MODULES,
          name: "integration",
          include: ["tests/{contract,integration,checks}/**/*.test.ts"],
          exclude: [...NEVER_TESTS, API_SUITES],
          maxWorkers: WORKERS,
        },
      },
      {
        test: {
          ...PATIENCE,
          ...SHARED_MODULES,
          name: "api",
          include: [API_SUITES],
          exclude: NEVER_TESTS,
          maxWorkers: WORKERS,
        },
      },
      {
        // Some of them want the WhatsApp client as it is, others repaired.
        test: {
          ...PATIENCE,
          name: "simulator",
          include: ["tests/{simulator,simulator-suite,signal-durability,chaos}/**/*.test.ts"],
          exclude: NEVER_TESTS,
          maxWorkers: WORKERS,
        },
      },
      {
        test: {
          ...PATIENCE,
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          exclude: [...NEVER_TESTS, "tests/e2e/outage.test.ts"],
          maxWorkers: PRODUCTS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The same tests of bots, calls and sessions once more, on a libSQL server instead of the file; and its outages.
        test: {
          ...PATIENCE,
          name: "e2e-sqld",
          include: ["tests/e2e/{pairing,calls,session,outage}.test.ts"],
          exclude: NEVER_TESTS,
          env: { E2E_STORE: "sqld" },
          maxWorkers: PRODUCTS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The contract of the REST API once more, answered by the bundle for edge runtimes in a real workerd.
        test: {
          ...PATIENCE,
          name: "edge",
          include: ["tests/edge/**/*.test.ts", `tests/integration/api/{${CONTRACT_AT_THE_EDGE.join(",")}}.test.ts`],
          exclude: NEVER_TESTS,
          env: { API_RUNTIME: "workerd" },
          globalSetup: ["tests/edge/global-setup.ts"],
          maxWorkers: WORKERS,
        },
      },
    ],
  },
});
