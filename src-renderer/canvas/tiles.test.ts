import { expect, test } from "vitest";
import { sharedPart, tilesOf } from "./tiles.ts";

test("what fits is one tile", () => {
  const whole = { x: 0, y: 0, width: 8192, height: 300 };
  expect(tilesOf({ width: 8192, height: 300 }, 8192)).toEqual([{ core: whole, held: whole }]);
});

test.each([
  { width: 9000, height: 300 },
  { width: 16_384, height: 16_384 },
  { width: 8193, height: 8193 },
])("$width x $height: every pixel is drawn once, with its neighbors at hand, from textures that fit", (size) => {
  const limit = 8192;
  const tiles = tilesOf(size, limit);
  expect(tiles.reduce((sum, { core }) => sum + core.width * core.height, 0)).toBe(size.width * size.height);
  for (const { core, held } of tiles) {
    expect(Math.max(held.width, held.height)).toBeLessThanOrEqual(limit);
    expect(held).toEqual(
      sharedPart(
        { x: core.x - 32, y: core.y - 32, width: core.width + 64, height: core.height + 64 },
        { x: 0, y: 0, ...size },
      ),
    );
    for (const other of tiles) if (other.core !== core) expect(sharedPart(core, other.core)).toBeNull();
  }
});
