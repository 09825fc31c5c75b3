import { encode } from "uqr";

/** Modules of white around the code, without which phones do not find it (ISO/IEC 18004, 4 modules). */
const QUIET_MODULES = 4;

/** A QR code as one path of an SVG whose side is `size` modules, quiet zone included. */
export interface QrPath {
  readonly path: string;
  readonly size: number;
}

/** Draws a text as a QR code: each run of dark modules of a row is one rectangle of the path. */
export function drawQrPath(text: string): QrPath {
  const { data, size } = encode(text, { border: QUIET_MODULES });
  const runs = data.flatMap((row, y) => [...darkRuns(row)].map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`));
  return { path: runs.join(""), size };
}

function* darkRuns(row: readonly boolean[]): Generator<readonly [start: number, length: number]> {
  let start = -1;
  for (let x = 0; x <= row.length; x++) {
    const isDark = row[x] === true;
    if (isDark && start === -1) start = x;
    if (isDark || start === -1) continue;
    yield [start, x - start];
    start = -1;
  }
}
