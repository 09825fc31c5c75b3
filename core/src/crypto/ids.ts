import type { Clock } from "../ports/clock.ts";
import { type Ids, idPrefixes } from "../ports/ids.ts";
import { randomBytes } from "./bytes.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;

/** Ids in ULID form (48 bits of milliseconds, 80 random bits, Crockford base32 in lower case) behind their prefix. */
export function createIds(clock: Clock): Ids {
  return { next: (kind) => idPrefixes[kind] + timePart(clock.nowMs()) + randomPart() };
}

/** true for text that could be an id of the given prefix; whether it names something is another question. */
export const looksLikeId = (text: string, prefix: string): boolean =>
  text.startsWith(prefix) && /^[0-9a-hjkmnp-tv-z]{26}$/.test(text.slice(prefix.length));

function timePart(nowMs: number): string {
  let rest = nowMs;
  let text = "";
  for (let place = 0; place < TIME_CHARACTERS; place++) {
    text = (ALPHABET[rest % 32] ?? "0") + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

const randomPart = (): string => Array.from(randomBytes(RANDOM_CHARACTERS), (byte) => ALPHABET[byte & 31]).join("");
