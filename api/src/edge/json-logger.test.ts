import { SECRET_LOG_FIELDS } from "@switchboard/host/log-fields";
import { describe, expect, it } from "vitest";
import { createJsonLogger } from "./json-logger.ts";

function logAt(level: "info" | "warn" | "silent") {
  const lines: string[] = [];
  return { lines, logger: createJsonLogger(level, (line) => lines.push(line)) };
}

describe("the log of the edge", () => {
  it.each([...SECRET_LOG_FIELDS])("never holds %s, at the top or one level below", (field) => {
    const { lines, logger } = logAt("info");
    logger.info({ [field]: "canary", request: { [field]: "canary", route: "/api/me" } }, "request");
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain("canary");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "info",
      process: "api",
      msg: "request",
      [field]: "[redacted]",
      request: { [field]: "[redacted]", route: "/api/me" },
    });
  });

  it("tells an error by name, message and stack, and no other member of it", () => {
    const { lines, logger } = logAt("info");
    logger.error({ err: Object.assign(new TypeError("broke"), { query: "canary" }) }, "unexpected error");
    expect(JSON.parse(lines[0] ?? "").err).toMatchObject({ name: "TypeError", message: "broke" });
    expect(lines[0]).toContain("json-logger.test.ts");
    expect(lines[0]).not.toContain("canary");
  });

  it("leaves out what is below its level", () => {
    const { lines, logger } = logAt("warn");
    logger.info({}, "request");
    logger.warn({}, "kept");
    expect(lines).toHaveLength(1);
    const silent = logAt("silent");
    silent.logger.error({}, "unexpected error");
    expect(silent.lines).toEqual([]);
  });
});
