import { expect, it } from "vitest";
import { gateWrites, LeaseOverError } from "./lease-gate.ts";
import { MemoryStore } from "./whatsapp/auth/testing/memory-store.ts";

const batch = (value: string) => ({ records: [{ type: "session", id: "one", value }], creds: null });

it("lets writes through while the lease is alive, and none afterwards; reads go on", async () => {
  const store = new MemoryStore();
  let isAlive = true;
  const gated = gateWrites(store, () => isAlive);
  await gated.commit(batch("1"));
  isAlive = false;
  await expect(gated.commit(batch("2"))).rejects.toBeInstanceOf(LeaseOverError);
  expect(await gated.read("session", ["one"])).toEqual(new Map([["one", "1"]]));
});
