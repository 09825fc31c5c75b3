/**
 * The writes of one pairing and of 100 texts, recorded once from a bare client and replayed, each awaited, into Baileys'
 * `useMultiFileAuthState` and into our auth state over a file database. Goal: at most half the time of the files.
 * The files are written without fsync and in the clear; ours are sealed, and on the disk when a write resolves.
 */
// The repairs come before anything that loads Baileys; imports are hoisted, so the rest is imported afterwards.
import "../../worker/src/whatsapp/repairs/install.ts";

const { measureKeyStore } = await import("./measures/key-store.ts");
await measureKeyStore();
