import { createHash } from "node:crypto";
import { assertPinnedSources, LIBSIGNAL_FILES, libsignalPath, RepairError, requireFromHere } from "./client-sources.ts";
import { type CurveVerify, makeCurveVerify, type VerifySignature } from "./curve-verify.ts";
import { areRepairsInstalled, markRepairsInstalled } from "./installed.ts";
import { type GroupKeyTaker, type KeyTaker, keepGroupKeys, keepSessionKeys } from "./kept-message-key.ts";
import { loadMuted } from "./muted-load.ts";
import { bindJobsToCaller, type QueueJob } from "./queue-context.ts";
import { allOrNothing } from "./trial-decrypt.ts";

/** SHA-256 of the source text of Baileys' Curve.verify, the function that is replaced. */
const STOCK_CURVE_VERIFY_HASH = "b1b37deec88a31f7672221f700f9ee30715f32723a3629fe3af3e710e0b7a57e";

const GROUP_FILE = "@whiskeysockets/baileys/lib/Signal/Group/group_cipher.js";
/** The same of Baileys' GroupCipher.getSenderKey. */
const STOCK_GET_SENDER_KEY_HASH = "35983121d131914fc9e297a5f7325a1373c176ad7d0f67d0f3a1ff81fbec6a98";

installRepairs();

/**
 * Repairs the WhatsApp client in this process; importing this module calls it. Must come before anything that imports
 * Baileys or libsignal, because libsignal's modules capture each other when they are loaded. Safe to call again.
 *
 * - queued libsignal jobs run in their caller's async context;
 * - a trial decrypt that fails leaves the session as it was;
 * - the key of a received message can stay until its receipt is out, and stored keys of groups can be used;
 * - `Curve.verify` really verifies;
 * - libsignal prints nothing.
 * @throws RepairError when a version, file or function is not the pinned one, or libsignal was loaded before.
 */
export function installRepairs(): void {
  if (areRepairsInstalled()) return;
  assertPinnedSources();
  assertLibsignalNotLoaded();
  repairLibsignal();
  repairBaileys();
  markRepairsInstalled();
}

function assertLibsignalNotLoaded(): void {
  for (const file of LIBSIGNAL_FILES) {
    if (requireFromHere.cache[libsignalPath(file)]?.loaded) {
      throw new RepairError(
        `libsignal/src/${file} was loaded before its repairs: import @switchboard/sdk before @whiskeysockets/baileys`,
      );
    }
  }
}

function repairLibsignal(): void {
  for (const file of LIBSIGNAL_FILES) {
    loadMuted(libsignalPath(file));
    if (file === "queue_job.js") bindQueue();
  }
  const { prototype: cipher }: { prototype: KeyTaker } = requireFromHere(libsignalPath("session_cipher.js"));
  keepSessionKeys(cipher);
  cipher.doDecryptWhisperMessage = allOrNothing(cipher.doDecryptWhisperMessage);
}

/** Replaces the exported function before session_builder.js and session_cipher.js capture it. */
function bindQueue(): void {
  const loaded = requireFromHere.cache[libsignalPath("queue_job.js")];
  if (!loaded) throw new RepairError("libsignal/src/queue_job.js did not load");
  const queueJob: QueueJob = loaded.exports;
  loaded.exports = bindJobsToCaller(queueJob);
}

function repairBaileys(): void {
  const { Curve }: { Curve: { verify: CurveVerify } } = requireFromHere("@whiskeysockets/baileys");
  assertStock(Curve.verify, STOCK_CURVE_VERIFY_HASH, "Curve.verify");
  const curve: { verifySignature: VerifySignature } = requireFromHere(libsignalPath("curve.js"));
  Curve.verify = makeCurveVerify(curve.verifySignature);
  const { GroupCipher }: { GroupCipher: { prototype: GroupKeyTaker } } = requireFromHere(GROUP_FILE);
  assertStock(GroupCipher.prototype.getSenderKey, STOCK_GET_SENDER_KEY_HASH, "GroupCipher.getSenderKey");
  keepGroupKeys(GroupCipher.prototype);
}

/** What is replaced must be what the repair was written for. @throws RepairError */
function assertStock(work: unknown, pinnedHash: string, name: string): void {
  const hash = createHash("sha256").update(String(work)).digest("hex");
  if (hash !== pinnedHash) throw new RepairError(`${name} is not the function that was to be repaired`);
}
