import type { Plugin } from "vite";
import type { WebSettings } from "./env.ts";
import { createFrontDoor } from "./front-door.ts";

/** Gives the development server the front door of the built one, so that both forward to the api in the same way. */
export function developmentServer(settings: WebSettings): Plugin {
  return {
    name: "switchboard-front-door",
    configureServer(server) {
      const door = createFrontDoor(settings);
      server.middlewares.use(door.handle);
      server.httpServer?.once("close", door.close);
    },
  };
}
