import { type BinaryNode, S_WHATSAPP_NET } from "@whiskeysockets/baileys";
import { expect } from "vitest";
import type { ViolationCode } from "../../simulator/index.ts";
import type { LinkedBot } from "./linked-bot.ts";

let queryCount = 0;

/** A query node; the id is new unless one is given. */
export function query(xmlns: string, type: string, content: BinaryNode[], id = `by-hand-${queryCount++}`): BinaryNode {
  return { tag: "iq", attrs: { id, to: S_WHATSAPP_NET, type, xmlns }, content };
}

/**
 * Takes a rule that the client has just broken off the judge's list. Stanzas are judged in the order they come: when
 * the ping is answered, what was sent before it has been judged.
 */
export async function expectViolation({ bot, simulator }: LinkedBot, code: ViolationCode): Promise<void> {
  await bot.sock.query(query("w:p", "get", []));
  expect(simulator.forgive(code).length).toBeGreaterThan(0);
}
