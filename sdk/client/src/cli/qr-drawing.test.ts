import { encode } from "uqr";
import { expect, it } from "vitest";
import { drawQr } from "./qr-drawing.ts";

/** About as long as what WhatsApp asks to be shown: a reference, three keys of 32 bytes and a platform. */
const texts = ["2@abc", `2@${"x".repeat(90)},${"K".repeat(44)},${"I".repeat(44)},${"A".repeat(44)},1`];

const BLACK_ON_WHITE = "\u001b[38;5;16;48;5;231m";
const RESET = "\u001b[0m";

/** Which halves of a cell are painted. */
const halves: Readonly<Record<string, readonly [boolean, boolean]>> = {
  "█": [true, true],
  "▀": [true, false],
  "▄": [false, true],
  " ": [false, false],
};

/** The modules a phone would see, true where dark. */
function readBack(lines: readonly string[], isPaintDark: boolean): boolean[][] {
  return lines.flatMap((line) => {
    const cells = [...line].map((character) => halves[character] ?? [false, false]);
    return [0, 1].map((half) => cells.map((cell) => cell[half] === isPaintDark));
  });
}

it.each(texts)("draws %s in black on white, module for module", (text) => {
  const lines = drawQr(text, true);
  for (const line of lines) {
    expect(line.startsWith(BLACK_ON_WHITE)).toBe(true);
    expect(line.endsWith(RESET)).toBe(true);
  }
  const { data } = encode(text, { ecc: "L", border: 2 });
  const painted = lines.map((line) => line.slice(BLACK_ON_WHITE.length, -RESET.length));
  const seen = readBack(painted, true);
  expect(seen.slice(0, data.length)).toEqual(data);
  expect(seen.slice(data.length).flat()).not.toContain(true);
});

it.each(texts)("draws %s without colours for a dark terminal: light modules are painted", (text) => {
  const { data } = encode(text, { ecc: "L", border: 2 });
  const seen = readBack(drawQr(text, false), false);
  expect(seen.slice(0, data.length)).toEqual(data);
});

it("fits a terminal of 80 columns and 40 lines", () => {
  const lines = drawQr(texts[1] ?? "", false);
  expect(lines.length).toBeLessThan(40);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
});
