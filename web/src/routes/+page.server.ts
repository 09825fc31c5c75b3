import { readHealth } from "#lib/health/read-health.ts";
import type { PageServerLoad } from "./$types";

export const load: PageServerLoad = async ({ fetch }) => ({ initialReading: await readHealth(fetch) });
