import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { BaileysClient } from "./baileys-client.ts";
import { MemoryAuthState } from "./memory-auth-state.ts";

/**
 * A process of its own with one bare client: it rejects every call offer and nothing else. It is the floor that a
 * product's own handling of calls is measured against.
 *
 * `node bare-bot-process.ts --url <chat url> --creds <file>`: goes on with the credentials in the file, or registers
 * (it prints the QR code) and writes them there. Prints one JSON line per event: qr, open, close, offer, rejected.
 */
async function run(): Promise<void> {
  const { values } = parseArgs({ options: { url: { type: "string" }, creds: { type: "string" } } });
  const { url, creds: path } = values;
  if (url === undefined || path === undefined) throw new Error("--url and --creds are required");
  const saved = await readFile(path, "utf8").catch(() => undefined);
  const client = new BaileysClient({ url, auth: new MemoryAuthState(saved) });
  const save = () => writeFile(path, client.auth.serialize(), { mode: 0o600 });
  client.onSocket((sock) => {
    sock.ev.on("connection.update", ({ connection, qr }) => {
      if (qr !== undefined) print({ event: "qr", qr });
      if (connection === "close") print({ event: "close", code: client.closeCodes.at(-1) ?? null });
      if (connection === "open")
        void save().then(() => print({ event: "open", jid: client.auth.creds.me?.id ?? null }));
    });
    sock.ev.on("call", ([call]) => {
      if (call?.status !== "offer" || call.offline) return;
      const startedAtMs = performance.now();
      print({ event: "offer", id: call.id, from: call.from });
      sock.rejectCall(call.id, call.from).then(
        () => print({ event: "rejected", id: call.id, ackedAfterMs: performance.now() - startedAtMs }),
        (err: unknown) => print({ event: "failed", id: call.id, reason: String(err) }),
      );
    });
  });
  const stop = () =>
    void client
      .stop()
      .then(save)
      .then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

await run();
