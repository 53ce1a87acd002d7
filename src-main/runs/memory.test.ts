import { expect, test } from "vitest";
import { bcp } from "../methods/bcp/index.ts";
import { segment } from "../methods/segment/index.ts";
import { fittingSettings } from "./memory.ts";

const GiB = 2 ** 30;
const plan = { states: GiB / 2, doubleBuffers: GiB / 4, initialization: GiB / 4, constants: 0 };
const asked = segment.parse({ size: 512, batchSize: 8 });
const fitting = (needed: number, available: number) =>
  fittingSettings(segment.settings, asked, { needed: needed * GiB, available: available * GiB, plan });

test("fewer images at a time come first, then smaller ones; nothing where the states alone are too large", () => {
  // 1 GiB stays, 16 go with the batch: 1 + 16 / 4 = 5 fills no more than 85 % of 6.
  expect(fitting(17, 6)).toEqual({ batchSize: 2 });
  // One image of 512²: 1 + 16 / 8 = 3; of 384²: 1 + 2 · (384 / 512)² = 2.1.
  expect(fitting(17, 2.6)).toEqual({ batchSize: 1, size: 384 });
  expect(fitting(17, 1)).toBeNull();
});

test("patches of volumes count their slices, and get smaller along all axes, by what the network halves", () => {
  const patches = bcp.parse({ dimensions: "3", size: 112, slices: 80, halfBatch: 2, depth: 5 });
  const offered = (needed: number, available: number, settings = patches) =>
    fittingSettings(bcp.settings, settings, { needed: needed * GiB, available: available * GiB, plan });
  // 1 GiB stays, 16 go with the voxels: half of them, 9, are no more than 85 % of 11.
  expect(offered(17, 11)).toEqual({ halfBatch: 1 });
  // 80 × 80 × 64 of 112 × 112 × 80: 1 + 8 · 0.41 = 4.3.
  expect(offered(17, 5.2)).toEqual({ halfBatch: 1, size: 80, slices: 64 });
  for (const available of [1.25, 1.5, 2, 3]) {
    const { size, slices } = bcp.parse({ ...patches, ...offered(17, available) });
    expect([Number(size) % 16, Number(slices) % 16]).toEqual([0, 0]);
  }
  // Of single images the number of slices means nothing.
  expect(offered(17, 2.6, bcp.parse({ size: 512, halfBatch: 8, slices: 80 }))).toEqual({ halfBatch: 1, size: 384 });
});
