/**
 * Every closed list of the product in one place. The database's CHECK constraints, the OpenAPI enums and the types of
 * core, api and worker all come from these arrays; a contract test ties them together. Values are the wire format.
 */
export * from "./vocabulary/access.ts";
export * from "./vocabulary/audit.ts";
export * from "./vocabulary/bot-state-reasons.ts";
export * from "./vocabulary/bots.ts";
export * from "./vocabulary/calls.ts";
export * from "./vocabulary/errors.ts";
export * from "./vocabulary/events.ts";
