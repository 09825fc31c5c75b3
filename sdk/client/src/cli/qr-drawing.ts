import { encode } from "uqr";

/** Light modules around the code. The standard asks for 4; phones read 2, and the drawing still fits 80 columns. */
const BORDER = 2;
/** Black on white whatever the terminal's own colours are: phones do not read the inverse. */
const BLACK_ON_WHITE = "\u001b[38;5;16;48;5;231m";
const RESET = "\u001b[0m";

/** The modules of the code, true where dark, with a light border. */
export function qrMatrix(text: string): boolean[][] {
  return encode(text, { ecc: "L", border: BORDER }).data;
}

/**
 * The code in lines of text, two modules high each. Without colours the light modules are drawn and the dark ones left
 * out, since most terminals are dark.
 */
export function drawQr(text: string, isColoured: boolean): string[] {
  const matrix = qrMatrix(text);
  const lines: string[] = [];
  for (let row = 0; row < matrix.length; row += 2) {
    const upper = matrix[row] ?? [];
    const lower = matrix[row + 1] ?? [];
    const halves = upper.map((isDark, column) => {
      // Below an odd last line there is nothing: light.
      const isLowerDark = lower[column] ?? false;
      return isColoured ? half(isDark, isLowerDark) : half(!isDark, !isLowerDark);
    });
    lines.push(isColoured ? `${BLACK_ON_WHITE}${halves.join("")}${RESET}` : halves.join(""));
  }
  return lines;
}

function half(isUpper: boolean, isLower: boolean): string {
  if (isUpper) return isLower ? "█" : "▀";
  return isLower ? "▄" : " ";
}
