import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskPhoneNumber, normalizePhoneNumber } from "./phone-number.ts";

describe("normalizePhoneNumber", () => {
  it.each([
    ["+49 151 2345-6789", "4915123456789"],
    ["0049 (151) 23456789", "4915123456789"],
    ["4915123456789", "4915123456789"],
    ["\u202a+966 55 123 4567\u202c", "966551234567"],
    ["+1\u00a0555\u2011123\u20134567", "15551234567"],
    ["1234567", "1234567"],
    ["123456789012345", "123456789012345"],
  ])("reads %j as %s", (text, digits) => {
    expect(normalizePhoneNumber(text)).toEqual({ ok: true, digits });
  });

  it.each([
    ["", "empty"],
    ["  ", "empty"],
    ["+", "foreign-character"],
    ["()", "foreign-character"],
    ["0151 23456789", "national"],
    ["+0151234567", "national"],
    ["+0049151234567", "national"],
    ["+44 (0)20 7946 0000", "trunk-zero"],
    ["123456", "too-short"],
    ["1234567890123456", "too-long"],
    ["+49151a234567", "foreign-character"],
    ["+49+151234567", "foreign-character"],
    ["49151234567@s.whatsapp.net", "foreign-character"],
    ["1.555.123.4567", "foreign-character"],
    ["٤٩١٥١٢٣٤٥٦٧", "foreign-character"],
    ["1e10", "foreign-character"],
  ])("refuses %j as %s", (text, reason) => {
    expect(normalizePhoneNumber(text)).toEqual({ ok: false, reason });
  });

  it("gives back its own digits unchanged, however they are written", () => {
    const numbers = fc.stringMatching(/^[1-9][0-9]{6,14}$/);
    fc.assert(
      fc.property(
        numbers,
        fc.constantFrom("", "+", "00"),
        fc.constantFrom("", " ", "-", "\u2060"),
        (digits, prefix, gap) => {
          const typed = prefix + [...digits].join(gap);
          expect(normalizePhoneNumber(typed)).toEqual({ ok: true, digits });
        },
      ),
    );
  });
});

describe("maskPhoneNumber", () => {
  it.each([
    ["4915123456789", "+49********789"],
    ["1234567890", "+12*****890"],
    ["123456789", "+*******89"],
    ["1234567", "+*****67"],
    ["", "+"],
  ])("hides the middle of %s", (digits, masked) => {
    expect(maskPhoneNumber(digits)).toBe(masked);
  });
});
