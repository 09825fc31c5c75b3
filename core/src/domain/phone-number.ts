/** Shortest number taken, in digits without the international prefix. Shorter ones are service codes. */
export const phoneNumberDigitsMin = 7;

/** Longest number, in digits: ITU-T E.164 section 6. */
export const phoneNumberDigitsMax = 15;

/**
 * Why a text is not a phone number. `national`: it begins with 0, so the country is missing. `trunk-zero`: it holds a
 * bracketed zero, which belongs to the number inside the country only and cannot be told from a real digit.
 */
export type PhoneNumberRefusal = "empty" | "foreign-character" | "trunk-zero" | "national" | "too-short" | "too-long";

/** A number as digits, or why it is none. */
export type PhoneNumberResult = { ok: true; digits: string } | { ok: false; reason: PhoneNumberRefusal };

/** Marks that copying from an address book leaves around a number: direction, joiners, byte order. */
const invisibleMarks = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** What people put between digits: blanks, hyphens and dashes, brackets. */
const separators = /[\s\-\u2010-\u2015\u2212()]/g;

/**
 * Turns what people type into E.164 digits without a plus sign. Takes a leading `+` or `00`, blanks, dashes and
 * brackets; anything else is refused with a reason. It does not know which country codes exist.
 */
export function normalizePhoneNumber(input: string): PhoneNumberResult {
  const text = input.replace(invisibleMarks, "").trim();
  if (text === "") return refused("empty");
  if (/\(\s*0\s*\)/.test(text)) return refused("trunk-zero");
  const compact = text.replace(separators, "");
  const digits = compact.startsWith("+") ? compact.slice(1) : compact.replace(/^00/, "");
  if (!/^\d+$/.test(digits)) return refused("foreign-character");
  if (digits.startsWith("0")) return refused("national");
  if (digits.length < phoneNumberDigitsMin) return refused("too-short");
  if (digits.length > phoneNumberDigitsMax) return refused("too-long");
  return { ok: true, digits };
}

/** The number in the international form for people: `+` and the digits. */
export function formatPhoneNumber(digits: string): string {
  return `+${digits}`;
}

/**
 * The number with its middle hidden, for logs and for people who may not see numbers: two leading and three trailing
 * digits stay, of numbers under ten digits only the last two. The length stays visible.
 */
export function maskPhoneNumber(digits: string): string {
  const [head, tail] = digits.length >= 10 ? [2, 3] : [0, 2];
  const hidden = Math.max(0, digits.length - head - tail);
  return `+${digits.slice(0, head)}${"*".repeat(hidden)}${digits.slice(head + hidden)}`;
}

function refused(reason: PhoneNumberRefusal): PhoneNumberResult {
  return { ok: false, reason };
}
