import { RepairError } from "./client-sources.ts";

/** Process-wide, because the repaired modules are: a second copy of this file must see the mark of the first. */
const MARK = Symbol.for("switchboard.whatsapp.repairs");

/** Whether this process runs the repaired client. */
export function areRepairsInstalled(): boolean {
  return Reflect.get(globalThis, MARK) === true;
}

/** Called once, after the last repair succeeded. */
export function markRepairsInstalled(): void {
  Reflect.set(globalThis, MARK, true);
}

/**
 * @throws RepairError when the client is unrepaired: without the queue repair two bots with a common contact stall, and
 * sessions with private keys would be printed.
 */
export function assertRepairsInstalled(): void {
  if (!areRepairsInstalled()) throw new RepairError("whatsapp/repairs/install.ts must be imported first");
}
