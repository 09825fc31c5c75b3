/** Imports repairs and client as programs usually do, in one graph that is linked before anything of it runs. */
import "../install.ts";
import { createRequire } from "node:module";
import { Curve } from "@whiskeysockets/baileys";
import * as imported from "libsignal";
import { verifySignature } from "libsignal/src/curve.js";
import { libsignalPath, requireFromHere } from "../client-sources.ts";

const required: typeof imported = createRequire(import.meta.url)("libsignal");
const curve: { verifySignature: unknown } = requireFromHere(libsignalPath("curve.js"));
const forged = Curve.verify(Curve.generateKeyPair().public, Buffer.from("m"), Buffer.alloc(64, 1));
const same = imported.SessionCipher === required.SessionCipher && verifySignature === curve.verifySignature;
process.stdout.write(JSON.stringify({ forged, same }));
