/** Installs twice, then imports the client the ways it is imported: all must be the repaired one. */
import { createRequire } from "node:module";
import "../install.ts";
import { installRepairs } from "../install.ts";

installRepairs();
const { Curve } = await import("@whiskeysockets/baileys");
const forged = Curve.verify(Curve.generateKeyPair().public, Buffer.from("m"), Buffer.alloc(64, 1));
const imported = await import("libsignal");
const required: typeof imported = createRequire(import.meta.url)("libsignal");
process.stdout.write(JSON.stringify({ forged, same: imported.SessionCipher === required.SessionCipher }));
