import { open } from "node:fs/promises";

/** Has the content of a file survive a power loss. @throws the system's error */
export const syncFile = (path: string): Promise<void> => sync(path, "r+");

/** Has what happened in a folder survive a power loss: a file's new name is durable only with it. @throws the system's error */
export const syncFolder = (path: string): Promise<void> => sync(path, "r");

async function sync(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
