import type { World } from "../world.ts";
import type { Connection } from "./connection.ts";
import type { Registration } from "./registration.ts";

/** A companion found by its QR code. */
export interface ScannedCompanion {
  readonly connection: Connection;
  readonly registration: Registration;
  readonly advSecret: Buffer;
}

/**
 * Finds the connected companion whose QR code this is.
 *
 * The text is `<link>#ref,noise key,identity key,secret,platform` with base64 keys; older clients show it without the
 * link. @throws when no connected companion shows it, or when it names other keys than the companion proved to hold
 */
export function findScannedCompanion(world: World, qr: string): ScannedCompanion {
  const [ref = "", noiseKey = "", identityKey = "", advSecret = ""] = qr.slice(qr.indexOf("#") + 1).split(",");
  const connection = [...world.connections].find((candidate) => candidate.registration?.refs.has(ref));
  const registration = connection?.registration;
  if (!connection || !registration) throw new Error("no connected companion shows this QR code");
  const { keys } = registration;
  if (keys.noiseKey.toString("base64") !== noiseKey || keys.identityKey.toString("base64") !== identityKey) {
    world.judge.report("link.wrong-keys", "the QR code names other keys than the registration");
    throw new Error("the QR code names other keys than the registration");
  }
  return { connection, registration, advSecret: Buffer.from(advSecret, "base64") };
}
