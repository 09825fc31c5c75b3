export * from "./auth-state.ts";
export * from "./bots.ts";
export * from "./calls.ts";
export type { BotId, TeamId } from "./columns.ts";
export * from "./identity.ts";
export * from "./keys.ts";
export * from "./records.ts";
