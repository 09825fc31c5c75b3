import { defineEnvVars } from "@sveltejs/kit/env";
import { webSettings } from "./settings.ts";

/** The settings that pages use, on the server only. The process around them reads its own in server/env.ts. */
export const variables = defineEnvVars({
  HOST: { schema: webSettings.HOST, description: "Address the processes of Switchboard listen on" },
  API_PORT: { schema: webSettings.API_PORT, description: "Port of the api on this machine" },
  SIMULATION_CONTROL_URL: {
    schema: webSettings.SIMULATION_CONTROL_URL,
    description: "Where a demo's simulated WhatsApp is controlled; not set: this is no simulation",
  },
  FRONT_DOOR_SECRET: { schema: webSettings.FRONT_DOOR_SECRET, description: "Shown to the api with each request" },
});
