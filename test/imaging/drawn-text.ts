/** @file Writing drawn by code for tests: a font of 5 x 7 dots, as devices use it. */

/** Rows from the top, five dots each, the left one highest. */
const glyphs: Readonly<Record<string, readonly number[]>> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  B: [30, 17, 17, 30, 17, 17, 30],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  H: [17, 17, 17, 31, 17, 17, 17],
  I: [14, 4, 4, 4, 4, 4, 14],
  J: [7, 2, 2, 2, 2, 18, 12],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  N: [17, 25, 21, 19, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  U: [17, 17, 17, 17, 17, 17, 14],
  "0": [14, 17, 19, 21, 25, 17, 14],
  "1": [4, 12, 4, 4, 4, 4, 14],
  "2": [14, 17, 1, 2, 4, 8, 31],
  "7": [31, 1, 2, 4, 8, 8, 8],
  "9": [14, 17, 17, 15, 1, 2, 12],
  " ": [0, 0, 0, 0, 0, 0, 0],
};

/** Draws into gray samples `[height, width]`: `scale` pixels a dot, a dot between letters. */
export function drawText(
  samples: Uint8Array,
  { width }: { width: number },
  text: string,
  at: { x: number; y: number },
  scale: number,
  value: number,
): void {
  [...text].forEach((letter, index) => {
    const rows = glyphs[letter];
    if (rows === undefined) throw new RangeError(`drawn-text: there is no glyph for ${letter}.`);
    for (let y = 0; y < 7 * scale; y++) {
      for (let x = 0; x < 5 * scale; x++) {
        const isInk = (rows[Math.floor(y / scale)]! >> (4 - Math.floor(x / scale))) & 1;
        if (isInk) samples[(at.y + y) * width + at.x + index * 6 * scale + x] = value;
      }
    }
  });
}
