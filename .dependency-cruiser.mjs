/**
 * Which folder may import what. docs/architecture.md has the same rules as a table with the reasons; change both.
 * A rule names what is forbidden. Tests beside the code may also import the test tools and what they test against.
 */
const TESTS = "\\.test\\.ts$|/testing(\\.ts|/)";
const OURS = "^(core|db|host|api|worker|web|sdk|tests|scripts)/";
const WHATSAPP_LIBRARIES = "node_modules/(@whiskeysockets|libsignal)(/|$)";
const TRANSPORTS = "node_modules/(hono|@hono|@trpc)(/|$)";
const DATABASE_LIBRARIES = "node_modules/(drizzle-orm|@libsql|libsql)(/|$)";
/** Parts of core and worker that are bundled into the package for microservices. */
const SHARED_WITH_HOLDERS =
  "^core/src/(domain|ports|crypto)/|^core/src/(errors|services/branded-ids)\\.ts$|^worker/src/(lease-(gate|keeper)|within)\\.ts$|^worker/src/whatsapp/(auth/|repairs/|(baileys-logger|disconnect-table|guard-frames|messages-in-hand|recent-messages|stanzas-under-way|whatsapp-server)\\.ts$)";
/** Where the parts of a process are put together. */
const COMPOSITION = "^(api|worker)/src/(deps|edge|entry\\.[a-z]+|main|create-worker|openapi-cli|maintenance)(\\.ts|/)";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "domain-is-pure",
      comment: "core/src/domain holds rules over plain data: it imports nothing outside itself, not even zod.",
      severity: "error",
      from: { path: "^core/src/domain/", pathNot: TESTS },
      to: { pathNot: "^core/src/domain/" },
    },
    {
      name: "ports-know-the-domain-only",
      severity: "error",
      from: { path: "^core/src/ports/", pathNot: TESTS },
      to: { pathNot: "^core/src/(ports|domain)/" },
    },
    {
      name: "crypto-knows-no-storage",
      severity: "error",
      from: { path: "^core/src/crypto/", pathNot: TESTS },
      to: { pathNot: "^core/src/(crypto|ports|domain)/|^core/src/errors\\.ts$|node_modules/jose/" },
    },
    {
      name: "core-runs-anywhere",
      comment:
        "core also runs at the edge: no module of Node, no transport, no WhatsApp library, no process around it.",
      severity: "error",
      from: { path: "^core/src/", pathNot: TESTS },
      to: { path: `^(host|api|worker|web|sdk|tests|scripts)/|${TRANSPORTS}|${WHATSAPP_LIBRARIES}|node_modules/pino/` },
    },
    {
      name: "core-uses-no-node-module",
      severity: "error",
      from: { path: "^core/src/", pathNot: TESTS },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "core-opens-no-database",
      comment: "A verb gets its database in the context. It may use the schema, the guarded statements and the types.",
      severity: "error",
      from: { path: "^core/src/", pathNot: TESTS },
      to: { path: "^db/|node_modules/(@libsql|libsql)(/|$)", pathNot: "^db/src/(schema/|queries/|types\\.ts$)" },
    },
    {
      name: "db-is-the-bottom",
      severity: "error",
      from: { path: "^db/", pathNot: TESTS },
      to: { path: `${OURS}|${TRANSPORTS}|${WHATSAPP_LIBRARIES}`, pathNot: "^db/" },
    },
    {
      name: "host-serves-the-processes",
      comment: "host is what api and worker share of the machine; it knows neither.",
      severity: "error",
      from: { path: "^host/", pathNot: TESTS },
      to: { path: `^(api|worker|web|sdk|tests|scripts)/|${TRANSPORTS}|${WHATSAPP_LIBRARIES}` },
    },
    {
      name: "api-knows-no-worker",
      severity: "error",
      from: { path: "^api/" },
      to: { path: `^(worker|web|sdk|scripts)/|${WHATSAPP_LIBRARIES}` },
    },
    {
      name: "worker-knows-no-api",
      severity: "error",
      from: { path: "^worker/" },
      to: { path: "^(api|web|sdk|scripts)/|node_modules/@trpc/" },
    },
    {
      name: "database-only-where-parts-are-joined",
      comment: "Routes, procedures and handlers call a verb of core. Types are free: they are gone when the code runs.",
      severity: "error",
      from: { path: "^(api|worker)/", pathNot: `${TESTS}|${COMPOSITION}` },
      to: { path: `^db/|${DATABASE_LIBRARIES}`, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "whatsapp-library-in-one-folder",
      comment: "worker/src/whatsapp is the only folder that knows Baileys; its types stop there too.",
      severity: "error",
      from: { path: "^(worker|host|scripts)/", pathNot: "^worker/src/whatsapp/" },
      to: { path: WHATSAPP_LIBRARIES },
    },
    {
      name: "web-knows-the-router-type-only",
      severity: "error",
      from: { path: "^web/" },
      to: { path: `${OURS}`, pathNot: "^web/|^api/src/trpc/root\\.ts$" },
    },
    {
      name: "client-knows-the-router-type-only",
      severity: "error",
      from: { path: "^sdk/client/" },
      to: { path: `${OURS}`, pathNot: "^sdk/client/|^api/src/trpc/root\\.ts$" },
    },
    {
      name: "sdk-takes-what-every-holder-needs",
      comment:
        "The package for microservices holds a bot as a worker does, so the parts of a worker that do so are bundled into it: nothing that opens a database, writes a log or reads settings.",
      severity: "error",
      from: { path: "^sdk/session/", pathNot: TESTS },
      to: {
        path: `${OURS}|${DATABASE_LIBRARIES}|${TRANSPORTS}|node_modules/pino/`,
        pathNot: `^sdk/session/|${SHARED_WITH_HOLDERS}`,
      },
    },
    {
      name: "holders-share-what-is-free",
      comment:
        "What the package takes must not bring the rest along. Types are free: they are gone when the code runs.",
      severity: "error",
      from: { path: SHARED_WITH_HOLDERS, pathNot: TESTS },
      to: {
        path: `${OURS}|${DATABASE_LIBRARIES}|${TRANSPORTS}|node_modules/pino/`,
        pathNot: SHARED_WITH_HOLDERS,
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "router-as-type-only",
      comment: "A value import would pull the whole api into the dashboard or into the client people install.",
      severity: "error",
      from: { path: "^(web|sdk)/" },
      to: { path: "^api/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "nobody-imports-tests",
      severity: "error",
      from: { pathNot: "^tests/" },
      to: { path: "^tests/" },
    },
    {
      name: "nobody-imports-a-test-file",
      severity: "error",
      from: {},
      to: { path: "\\.test\\.ts$" },
    },
    {
      name: "scripts-stay-outside",
      severity: "error",
      from: { path: "^scripts/" },
      to: { path: "^(core|host|api|worker|web|sdk)/" },
    },
    {
      name: "no-cycles",
      comment: "Of values: two files may name each other's types, which are gone when the code runs.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "everything-resolves",
      severity: "error",
      // An example installs its packages when somebody runs it.
      from: { pathNot: "^sdk/examples/" },
      // Made by the framework while it builds.
      to: { couldNotResolve: true, pathNot: "^\\$(app|env|types)|^\\./\\$types|/build/handler\\.js$" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|build|\\.svelte-kit|coverage)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "node", "default", "svelte"],
      extensions: [".ts", ".mjs", ".js", ".json", ".svelte"],
    },
  },
};
