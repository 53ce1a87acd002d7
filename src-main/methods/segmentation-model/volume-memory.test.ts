import { expect, test } from "vitest";
import { expectVolumeFits } from "./volume-memory.ts";

test("a volume that memory cannot hold is refused with its size; one that just fits is not", () => {
  const size = [100, 200, 300] as const;
  // Intensities twice, probabilities of two classes and their weight: five float32 numbers a voxel.
  const needed = 5 * 4 * 6_000_000;
  expect(() => expectVolumeFits(size, { planes: 2, available: needed })).not.toThrow();
  expect(() => expectVolumeFits(size, { planes: 2, available: needed - 1 })).toThrow(
    /A series needs about .* of memory/,
  );
  expect(() => expectVolumeFits(size, { planes: 0, available: 48_000_000 })).not.toThrow();
});
