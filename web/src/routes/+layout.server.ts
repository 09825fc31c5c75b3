import { SIMULATION_CONTROL_URL } from "$app/env/private";
import type { LayoutServerLoad } from "./$types";

export const load: LayoutServerLoad = ({ locals }) => ({
  theme: locals.theme,
  /** Where the simulation that is shown is controlled; null: what is shown is real. */
  simulationUrl: SIMULATION_CONTROL_URL ?? null,
});
