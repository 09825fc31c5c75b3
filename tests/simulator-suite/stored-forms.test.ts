import { readChanges, readCredentials } from "@switchboard/core/domain/auth-changes";
import { BufferJSON } from "@whiskeysockets/baileys";
import { expect, it, vi } from "vitest";
import { trustTestServer } from "../../worker/src/whatsapp/whatsapp-server.ts";
import { readWrites, recordSession } from "../bench/lib/recorded-session.ts";
import { startSimulator } from "../simulator/index.ts";

const SEED = 11;

it("everything the stock client stores while it is linked and sends has the forms that holders may store", async () => {
  // libsignal prints the sessions it closes.
  vi.spyOn(console, "info").mockReturnValue();
  const simulator = await startSimulator({ randomSeed: SEED });
  trustTestServer({ url: simulator.url, noiseRootKey: simulator.noiseRootKey });
  const { pairing, messages } = await recordSession(simulator, { contactCount: 3, messageCount: 3 });
  await simulator.stop();
  const types = new Set<string>();
  for (const write of readWrites([...pairing, ...messages])) {
    const sent: unknown = JSON.parse(
      JSON.stringify(write.kind === "keys" ? write.data : write.creds, BufferJSON.replacer),
    );
    expect(write.kind === "keys" ? readChanges(sent) : readCredentials(sent)).toMatchObject({ ok: true });
    types.add(write.kind);
    if (write.kind === "keys") for (const type of Object.keys(write.data)) types.add(type);
  }
  expect([...types]).toEqual(
    expect.arrayContaining(["creds", "pre-key", "session", "identity-key", "lid-mapping", "app-state-sync-key"]),
  );
});
