import { expect, test } from "vitest";
import { Random } from "../../random/index.ts";
import { edgeShift } from "./edge-shift.ts";

const [width, height] = [40, 28];
const size = { width, height };

/** Random squares on black, moved. */
function squares(down = 0, across = 0): Float32Array {
  const random = new Random(5, "squares");
  const image = new Float32Array(width * height).fill(-1);
  for (let square = 0; square < 12; square++) {
    const [top, left, side] = [8 + random.integer(8), 8 + random.integer(20), 2 + random.integer(5)];
    for (let row = top; row < top + side; row++) {
      for (let column = left; column < left + side; column++)
        image[(row + down) * width + column + across] = square / 12;
    }
  }
  return image;
}

test("an image that is moved is told as moved by so much, whatever its intensities are", () => {
  expect(edgeShift(squares(), squares(), size)).toEqual({ down: 0, across: 0 });
  expect(edgeShift(squares(2, -3), squares(), size)).toEqual({ down: 2, across: -3 });
  const inverted = squares(-4, 1).map((value) => -0.3 * value);
  expect(edgeShift(inverted, squares(), size)).toEqual({ down: -4, across: 1 });
});

test("without edges, or room to move, there is no displacement", () => {
  expect(edgeShift(new Float32Array(width * height), squares(), size)).toBeNull();
  expect(edgeShift(squares(), new Float32Array(width * height), size)).toBeNull();
  expect(edgeShift(new Float32Array(64), new Float32Array(64), { width: 8, height: 8 })).toBeNull();
  expect(() => edgeShift(squares(), squares(), { width, height: 5 })).toThrow(/40 x 5/);
});
