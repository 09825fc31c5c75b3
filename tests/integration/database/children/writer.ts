import { openDatabase } from "@switchboard/db/client";
import { DatabaseBusyError } from "@switchboard/db/errors";
import { owners } from "../openers.ts";
import { onMessage, tell } from "./messages.ts";

/**
 * Writes owners through the product's client, in transactions and batches by turns and several at once, and counts
 * what was acknowledged. Arguments: address, prefix of the names, how many rows, "each" to tell of every single one.
 */
const [url = "", prefix = "", rows = "0", telling = ""] = process.argv.slice(2);
const database = await openDatabase({ url });
let acknowledged = 0;
let busyErrors = 0;

async function writeOne(index: number): Promise<void> {
  const name = `${prefix}-${index}`;
  try {
    if (index % 2 === 0) await database.writeBatch((statements) => [statements.insert(owners).values({ name })]);
    else {
      await database.write(async (tx) => {
        await tx.$count(owners);
        await tx.insert(owners).values({ name });
      });
    }
  } catch (err) {
    if (!(err instanceof DatabaseBusyError)) throw err;
    busyErrors += 1;
    return;
  }
  acknowledged += 1;
  if (telling === "each") tell({ kind: "acknowledged", name });
}

async function writeAll(): Promise<void> {
  const count = Number(rows);
  for (let index = 0; index < count; index += GROUP) {
    await Promise.all(Array.from({ length: Math.min(GROUP, count - index) }, (_, offset) => writeOne(index + offset)));
  }
  await database.close();
  tell({ kind: "finished", acknowledged, busyErrors });
}

const GROUP = 8;

onMessage(async (message) => {
  if (message === "start") await writeAll();
  else if (message === "exit") process.disconnect();
});

tell({ kind: "ready" });
