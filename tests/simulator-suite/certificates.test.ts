import { Curve, WA_CERT_DETAILS } from "@whiskeysockets/baileys";
import * as curve from "libsignal/src/curve.js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../simulator/index.ts";
import { BaileysClient } from "../simulator/testing/baileys-client.ts";

let simulator: Simulator;
const published = { verify: Curve.verify, root: WA_CERT_DETAILS.PUBLIC_KEY };

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.stop());

/** Whether a new client gets as far as showing a QR code. */
async function isAccepted(): Promise<boolean> {
  const client = new BaileysClient({ url: simulator.url });
  await client.until(() => client.qr !== undefined || client.closeCodes.length > 0);
  await client.stop();
  return client.qr !== undefined;
}

describe("the client as published checks no signature", () => {
  test.each([
    ["wrong-issuer-serial", false],
    ["foreign-root", true],
    ["wrong-leaf-signature", true],
    ["junk-signatures", true],
  ] as const)("%s is accepted: %s", async (defect, accepted) => {
    simulator.faults.defectiveCertificate(defect);
    expect(await isAccepted()).toBe(accepted);
  });

  test("so the simulator is accepted under WhatsApp's own root key", async () => {
    expect(await isAccepted()).toBe(true);
  });
});

describe("a client that checks signatures and knows the simulator's root key", () => {
  beforeEach(() => {
    Curve.verify = (key, message, signature) => {
      const prefixed = key.length === 33 ? key : Buffer.concat([Buffer.from([5]), key]);
      return curve.verifySignature(prefixed, message, signature);
    };
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(simulator.noiseRootKey, "base64");
    return () => {
      Curve.verify = published.verify;
      WA_CERT_DETAILS.PUBLIC_KEY = published.root;
    };
  });

  test("accepts the simulator", async () => {
    expect(await isAccepted()).toBe(true);
  });

  test.each(["foreign-root", "wrong-leaf-signature", "junk-signatures"] as const)("refuses %s", async (defect) => {
    simulator.faults.defectiveCertificate(defect);
    expect(await isAccepted()).toBe(false);
  });

  test("is linked: the phone's signatures are right, too", async () => {
    const phone = simulator.createPhone({ phoneNumber: "4915100000001" });
    const client = new BaileysClient({ url: simulator.url });
    await client.until(() => client.qr !== undefined);
    await phone.scanQr(client.qr ?? "");
    await client.untilOpen();
    await client.stop();
    simulator.assertClean();
  });
});
