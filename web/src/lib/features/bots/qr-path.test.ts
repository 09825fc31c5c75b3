import { encode } from "uqr";
import { expect, test } from "vitest";
import { drawQrPath } from "./qr-path.ts";

test("the path covers exactly the dark modules, inside a quiet zone of four", () => {
  const text = "2@abcdefghijklmnopqrstuvwxyz,0123456789";
  const { path, size } = drawQrPath(text);
  const dark = new Set<string>();
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    for (let step = 0; step < Number(length); step++) dark.add(`${Number(x) + step} ${y}`);
  const { data, size: bare } = encode(text, { border: 0 });
  const expected = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`${x + 4} ${y + 4}`] : [])));
  expect([...dark].sort()).toEqual(expected.sort());
  expect(size).toBe(bare + 8);
});
