/** @file Orders of elements, against the conventions of other frameworks. */
import { expect, it } from "vitest";
import {
  depthToSpace,
  flip,
  input,
  pixelShuffle,
  pixelUnshuffle,
  roll,
  spaceToDepth,
  unfold,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { evaluate } from "./evaluate.ts";

/** What becomes of 0, 1, 2, … */
async function ordered(shape: number[], map: (x: Tensor) => Tensor): Promise<number[]> {
  const x = input("x", { shape });
  const count = shape.reduce((product, size) => product * size, 1);
  const { y } = await evaluate({ y: map(x) }, [x], { x: Float32Array.from({ length: count }, (_, at) => at) });
  return [...(y!.data as Float32Array)];
}

it("flips and rolls", async () => {
  expect(await ordered([2, 3], (x) => flip(x, { axes: [1] }))).toEqual([2, 1, 0, 5, 4, 3]);
  expect(await ordered([2, 3], (x) => flip(x, { axes: [0, 1] }))).toEqual([5, 4, 3, 2, 1, 0]);
  expect(await ordered([2, 3], (x) => roll(x, { axis: 1, shift: 1 }))).toEqual([2, 0, 1, 5, 3, 4]);
  expect(await ordered([5], (x) => roll(x, { axis: 0, shift: -2 }))).toEqual([2, 3, 4, 0, 1]);
});

it("shuffles pixels in PyTorch's channel order", async () => {
  const shuffled = [0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15];
  expect(await ordered([1, 4, 2, 2], (x) => pixelShuffle(x, { factor: 2 }))).toEqual(shuffled);
  const channels = [0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15];
  expect(await ordered([1, 1, 4, 4], (x) => pixelUnshuffle(x, { factor: 2 }))).toEqual(channels);
  for (const order of ["CRD", "DCR"] as const) {
    const there = (x: Tensor) => depthToSpace(spaceToDepth(x, { factor: 2, order }), { factor: 2, order });
    expect(await ordered([2, 3, 4, 2], there)).toEqual(Array.from({ length: 48 }, (_, at) => at));
  }
  // Two channels, one block: place by place in both, or channel by channel.
  const one = [1, 2, 2, 2];
  expect(await ordered(one, (x) => spaceToDepth(x, { factor: 2, order: "CRD" }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(await ordered(one, (x) => spaceToDepth(x, { factor: 2, order: "DCR" }))).toEqual([0, 4, 1, 5, 2, 6, 3, 7]);
});

it("unfolds windows into columns, channel by channel", async () => {
  const columns = await ordered([1, 2, 2, 3], (x) => unfold(x, { kernel: [2, 2] }));
  const first = [0, 1, 1, 2, 3, 4, 4, 5]; // rows: taps (0,0) (0,1) (1,0) (1,1); columns: the two windows
  expect(columns).toEqual([...first, ...first.map((value) => value + 6)]);
});
