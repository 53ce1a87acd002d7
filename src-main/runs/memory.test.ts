import { expect, test } from "vitest";
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
