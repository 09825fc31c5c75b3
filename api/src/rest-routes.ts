import { createRouter } from "./router.ts";
import { botRoutes } from "./routes/bots.ts";
import { keyRoutes } from "./routes/keys.ts";
import { pairingRoutes } from "./routes/pairing.ts";
import { setupRoutes } from "./routes/setup.ts";
import { signInRoutes } from "./routes/sign-in.ts";
import { systemRoutes } from "./routes/system.ts";

/** Every route of the public REST API, one router per resource. */
export function restRoutes() {
  const router = createRouter();
  for (const routes of [setupRoutes, signInRoutes, keyRoutes, botRoutes, pairingRoutes, systemRoutes])
    router.route("/", routes());
  return router;
}
