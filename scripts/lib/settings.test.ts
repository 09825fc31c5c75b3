import { describe, expect, test } from "vitest";
import { ROOT, readLaunchSettings } from "./settings.ts";
import { StartError } from "./start-error.ts";

describe("launch settings", () => {
  test("have the documented defaults", () => {
    expect(readLaunchSettings({})).toEqual({
      host: "127.0.0.1",
      apiPort: 8787,
      webPort: 3000,
      workerPort: 8788,
      dataDir: `${ROOT}/data`,
      apiUrl: "http://127.0.0.1:8787",
      workerUrl: "http://127.0.0.1:8788",
      webUrl: "http://127.0.0.1:3000",
      publicUrl: "http://127.0.0.1:3000",
    });
  });

  test.each([
    ["0.0.0.0", "http://127.0.0.1:8787"],
    ["::", "http://[::1]:8787"],
    ["::1", "http://[::1]:8787"],
    ["192.0.2.1", "http://192.0.2.1:8787"],
  ])("reach a process that listens on %s at %s", (host, apiUrl) => {
    expect(readLaunchSettings({ HOST: host }).apiUrl).toBe(apiUrl);
  });

  test.each(["0", "65536", "80.5", "http", "-1"])("refuse %s as a port", (port) => {
    expect(() => readLaunchSettings({ WEB_PORT: port })).toThrow(StartError);
  });

  test("refuse two processes on one port", () => {
    expect(() => readLaunchSettings({ WEB_PORT: "8787" })).toThrow("three different ports");
  });
});
