import { createClient } from "@libsql/client";
import { openDatabase } from "@switchboard/db/client";
import { owners } from "../openers.ts";
import { onMessage, tell } from "./messages.ts";

/**
 * Inserts one owner when started and ten more when continued, through the product's client ("guarded") or through
 * @libsql/client as it comes ("bare"), and counts what was acknowledged.
 */
const [url = "", kind = "guarded"] = process.argv.slice(2);
const { insert, close } = kind === "bare" ? openBare() : await openGuarded();
let acknowledged = 0;
let first: Promise<void> = Promise.resolve();

async function openGuarded() {
  const database = await openDatabase({ url });
  return { insert: (name: string) => database.autocommit.insert(owners).values({ name }), close: database.close };
}

function openBare() {
  const client = createClient({ url });
  return {
    insert: (name: string) => client.execute({ sql: "INSERT INTO owners (name) VALUES (?)", args: [name] }),
    close: async () => client.close(),
  };
}

async function insertOne(index: number): Promise<void> {
  await insert(`${kind}-${index}`);
  acknowledged += 1;
}

onMessage(async (message) => {
  if (message === "start") {
    first = insertOne(0).catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    tell({ kind: "attempted" });
  } else if (message === "continue") {
    await first;
    for (let index = 1; index <= 10; index++) await insertOne(index);
    await close();
    tell({ kind: "finished", acknowledged, busyErrors: 0 });
  } else if (message === "exit") {
    process.disconnect();
  }
});

tell({ kind: "ready" });
