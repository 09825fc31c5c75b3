import { readFile } from "node:fs/promises";
import { BaileysClient } from "../../simulator/testing/baileys-client.ts";
import { MemoryAuthState } from "../../simulator/testing/memory-auth-state.ts";

/** Program: `node bare-bots.ts <chat url> <file>...` logs one bare client in for each saved state, four at a time. */
const [, , url = "", ...files] = process.argv;
const AT_ONCE = 4;
const clients: BaileysClient[] = [];

const next = files.values();
const logInSome = async () => {
  for (const file of next) {
    const client = new BaileysClient({ url, auth: new MemoryAuthState(await readFile(file, "utf8")) });
    clients.push(client);
    await client.untilOpen(60_000);
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, logInSome));
process.once("SIGTERM", () => process.exit(0));
process.stdout.write(`${JSON.stringify({ event: "ready", count: clients.length })}\n`);
