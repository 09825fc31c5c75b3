import { expect, it } from "vitest";
import { nameSchema } from "./name-schema.ts";

it.each(["Desk", "  Desk  ", "مكتب", "שולחן", "Büro №1", "事務所 ☎"])("a name may be %s", (name) => {
  expect(nameSchema.parse(name)).toBe(name.trim());
});

it.each(["", "   ", "a\u001b[2Jb", "a\nb", "a\u0000b", "a\u202eb", "a\u2066b", "a\u2028b", "x".repeat(81)])(
  "a name that steers, breaks or turns a line is refused, and so is none: %j",
  (name) => {
    expect(nameSchema.safeParse(name).success).toBe(false);
  },
);
