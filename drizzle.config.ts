import { defineConfig } from "drizzle-kit";

export default defineConfig({ dialect: "turso", schema: "./db/src/schema", out: "./db/migrations" });
