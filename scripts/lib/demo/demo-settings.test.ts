import { describe, expect, test } from "vitest";
import { StartError } from "../start-error.ts";
import { demoEnvironment, readDemoSettings } from "./demo-settings.ts";

const FOLDER = "/tmp/some-demo";

describe("a demo", () => {
  test("runs beside an installation with the default ports", () => {
    const { apiPort, webPort, workerPort, controlPort } = readDemoSettings({}, FOLDER);
    const installation = [8787, 3000, 8788, 7780, 7781];
    expect([apiPort, webPort, workerPort, controlPort].filter((port) => installation.includes(port))).toEqual([]);
  });

  test("keeps its data apart and listens on loopback, whatever an installation is told", () => {
    const told = { DATA_DIR: "/srv/data", HOST: "0.0.0.0", PUBLIC_URL: "https://switchboard.example.org" };
    expect(readDemoSettings(told, FOLDER)).toMatchObject({
      dataDir: `${FOLDER}/data`,
      host: "127.0.0.1",
      publicUrl: "http://127.0.0.1:3010",
    });
  });

  test("is given no setting of an installation", () => {
    const told = { DATABASE_URL: "libsql://db.example.org", MASTER_KEY: "secret", NODE_OPTIONS: "-r x", PATH: "/bin" };
    expect(demoEnvironment(told)).toEqual({ PATH: "/bin", LOG_LEVEL: "warn" });
  });

  test.each(["0", "65536", "3010", "page"])("is refused %s as the port of its control page", (port) => {
    expect(() => readDemoSettings({ SIMULATOR_CONTROL_PORT: port }, FOLDER)).toThrow(StartError);
  });
});
