/** @file A picture that goes by a real image beside its mask: where it copies that image, it is found, however far it was moved. */
import { expect, test } from "vitest";
import {
  augmentMask,
  deformed,
  GENSEG_RANGES,
  maskParent,
  pictureOf,
  preprocessFrame,
  preprocessLabelMap,
  undeformed,
} from "../../src-main/dataset/index.ts";
import { openRealImages } from "../../src-main/metrics/index.ts";
import { decodeLabelMap } from "../../src-main/voxels/index.ts";
import { disc } from "../runs/project-of-discs.ts";

const SIZE = 64;

test("what equals its moved reference is a near-copy of it; another image is none", () => {
  const squares = Array.from({ length: 13 }, (_, index) => {
    const { frame, mask } = disc(index + 1, SIZE);
    const { image, placement } = preprocessFrame(frame, { size: SIZE, channels: 1 });
    const data = preprocessLabelMap(decodeLabelMap(mask), { size: SIZE, classes: [1] });
    const square = { image: image.map((value) => 0.5 + value / 8), channels: 1 as const, size: SIZE, placement };
    return { square, parent: maskParent(index + 1, { width: SIZE, height: SIZE, data }) };
  });
  const known = squares.slice(0, 12);
  const real = openRealImages(known.map(({ square }, index) => ({ id: index + 1, image: pictureOf(square) })));
  for (const [index, { square, parent }] of known.entries()) {
    const draw = augmentMask(parent, { ranges: GENSEG_RANGES, seed: 1, index });
    if (draw.outcome !== "made") expect.fail();
    const copy = { ...square, image: deformed(square, draw.record) };
    expect(copy.image).not.toEqual(square.image);
    expect(real.compare(undeformed(copy, draw.record))).toMatchObject({ nearestId: index + 1, isNearCopy: true });
  }
  expect(real.compare(pictureOf(squares[12]!.square)).isNearCopy).toBe(false);
});
