import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { BaileysClient } from "../../../simulator/testing/baileys-client.ts";

/**
 * A process of its own with Baileys as it is, without our repairs, and its session in files: what people have before they
 * come to Switchboard. `node file-client-program.ts --url <chat url> --directory <directory>`: prints one JSON line for each
 * event (qr, open, close, message, sent), and sends what it reads as lines of `{"jid", "text"}`.
 */
async function run(): Promise<void> {
  const { values } = parseArgs({ options: { url: { type: "string" }, directory: { type: "string" } } });
  const { url, directory } = values;
  if (url === undefined || directory === undefined) throw new Error("--url and --directory are required");
  const { state, saveCreds } = await useMultiFileAuthState(directory);
  const client = new BaileysClient({ url, config: { auth: state } });
  client.onSocket((sock) => {
    sock.ev.on("creds.update", () => void saveCreds());
    sock.ev.on("connection.update", ({ connection, qr }) => {
      if (qr !== undefined) print({ event: "qr", qr });
      if (connection !== undefined) print({ event: connection, code: client.closeCodes.at(-1) ?? null });
    });
    sock.ev.on("messages.upsert", ({ messages }) => {
      for (const { message } of messages) print({ event: "message", text: message?.conversation ?? null });
    });
  });
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { jid, text }: { jid: string; text: string } = JSON.parse(line);
    void client.sock.sendMessage(jid, { text }).then(
      () => print({ event: "sent", text }),
      (err: unknown) => print({ event: "failed", reason: String(err) }),
    );
  });
  process.once(
    "SIGTERM",
    () =>
      void client
        .stop()
        .then(saveCreds)
        .then(() => process.exit(0)),
  );
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

await run();
