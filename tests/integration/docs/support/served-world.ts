import { createApp } from "../../../../api/src/app.ts";
import type { AppDeps } from "../../../../api/src/app-deps.ts";
import { startServer } from "../../../../api/src/node/server.ts";
import { createTestApp, type TestApp } from "../../api/support/test-app.ts";

/** The bearer of the housekeeping call. */
export const CRON_SECRET = "a-cron-secret-of-the-documents";

/** The day the documents tell of. */
const NOON_MS = Date.UTC(2026, 10, 22, 12);

/** An installation whose api listens on a port of its own, over a temporary database. */
export interface ServedApp {
  readonly app: TestApp;
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves a test app as the api process does. Nobody has set it up; its setup code lies in its folder. */
export async function serveTestApp(): Promise<ServedApp> {
  const kept: AppDeps[] = [];
  const app = await createTestApp({
    settings: { cronSecret: CRON_SECRET },
    deps: (deps) => {
      kept.push(deps);
      return deps;
    },
  });
  app.test.clock.setMs(NOON_MS);
  await app.setupCode.ensure();
  const [deps] = kept;
  if (!deps) throw new Error("the app has no parts");
  const server = await startServer(createApp(deps).fetch, 0, "127.0.0.1");
  return {
    app,
    url: `http://127.0.0.1:${server.port}`,
    stop: async () => {
      await server.stop();
      await app.dispose();
    },
  };
}
