import adapter from "@sveltejs/adapter-node";
import { sveltekit } from "@sveltejs/kit/vite";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";
import { developmentServer } from "./server/development-server.ts";
import { readWebSettings } from "./server/env.ts";

export default defineConfig(({ command }) => {
  const settings = readWebSettings();
  return {
    plugins: [
      ...(command === "serve" ? [developmentServer(settings)] : []),
      tailwindcss(),
      sveltekit({
        adapter: adapter(),
        csp: {
          mode: "nonce",
          directives: {
            "default-src": ["self"],
            "script-src": ["self"],
            "style-src": ["self"],
            // Svelte's style: directives and transitions set attributes; a style sheet cannot come in this way.
            "style-src-attr": ["unsafe-inline"],
            "img-src": ["self", "data:"],
            "connect-src": ["self"],
            "font-src": ["self"],
            "object-src": ["none"],
            "base-uri": ["none"],
            "frame-ancestors": ["none"],
            "form-action": ["self"],
          },
        },
      }),
    ],
    server: { host: settings.host, port: settings.webPort, strictPort: true },
  };
});
