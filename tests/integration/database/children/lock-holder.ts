import { createClient, type Transaction } from "@libsql/client";
import { onMessage, tell } from "./messages.ts";

/** Takes and gives back the write lock of a file when it is told to, as a badly behaved second process would. */
const client = createClient({ url: process.argv[2] ?? "", timeout: 10_000 });
let transaction: Transaction | null = null;

onMessage(async (message) => {
  if (message === "lock") {
    transaction = await client.transaction("write");
    tell({ kind: "locked" });
  } else if (message === "release") {
    await transaction?.rollback();
    tell({ kind: "released" });
  } else if (message === "exit") {
    client.close();
    process.disconnect();
  }
});

tell({ kind: "ready" });
