import { beforeAll, describe, expect, it } from "vitest";
import { createSealingParties, SEALED_AT_MS, SEALING_ISSUER, type SealingParties } from "../testing/sealing-parties.ts";
import { openBatch, openContent, sealBatch, sealContent } from "./sealed-content.ts";

const CLAIMS = { keyId: "key_a", botId: "bot_a", lease: { leaseId: "lse_a", epoch: 3 }, revision: 7 };
const CONTENT = { creds: { me: { id: "1:2@s.whatsapp.net" } }, keys: { session: { "1.0": { a: 1 } } } };

let signing: SealingParties["signing"];
let publicKeys: SealingParties["publicKeys"];
let recipient: SealingParties["recipient"];

beforeAll(async () => {
  ({ signing, publicKeys, recipient } = await createSealingParties());
});

const seal = (nowMs = SEALED_AT_MS) =>
  sealContent({ signing, issuer: SEALING_ISSUER, nowMs }, recipient, CLAIMS, CONTENT);
const open = (jwe: string, expected: object = {}, nowMs = SEALED_AT_MS) =>
  openContent({ recipient, publicKeys, issuer: SEALING_ISSUER, nowMs }, { ...CLAIMS, ...expected }, jwe);

describe("a sealed answer", () => {
  it("opens for its recipient, with what it is bound to", async () => {
    expect(await open(await seal())).toEqual({ ...CLAIMS, content: CONTENT });
  });

  it("ends after a minute, to the second", async () => {
    const jwe = await seal();
    await expect(open(jwe, {}, SEALED_AT_MS + 59_999)).resolves.toBeTruthy();
    await expect(open(jwe, {}, SEALED_AT_MS + 60_000)).rejects.toMatchObject({ reason: "expired" });
  });

  it.each([
    { keyId: "key_b" },
    { botId: "bot_b" },
    { lease: null },
    { lease: { leaseId: "lse_a", epoch: 4 } },
    { lease: { leaseId: "lse_b", epoch: 3 } },
  ])("is refused where another is expected: %j", async (expected) => {
    await expect(open(await seal(), expected)).rejects.toMatchObject({ reason: "claims" });
  });
});

describe("a sealed batch", () => {
  const batch = { botId: "bot_a", leaseId: "lse_a", epoch: 3, seq: 1, creds: { a: 1 }, set: { session: { x: null } } };

  it("opens for the service as it was sealed", async () => {
    const keys = new Map([[recipient.id, recipient]]);
    expect(await openBatch(keys, await sealBatch(recipient, batch))).toEqual(batch);
    await expect(openBatch(new Map(), await sealBatch(recipient, batch))).rejects.toMatchObject({
      reason: "unreadable",
    });
  });
});
