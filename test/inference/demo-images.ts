/** @file Nuclei of the demo (resources/demo, licensed and listed there) with their masks as label maps. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import type { Frame, LabelMap } from "../../src-main/voxels/index.ts";

const demo = join(import.meta.dirname, "../../resources/demo");

export interface DemoImage {
  name: string;
  frame: Frame;
  /** 1 = nucleus. */
  truth: LabelMap;
}

export function demoNames(split: "train" | "val" | "test"): string[] {
  const { splits } = JSON.parse(readFileSync(join(demo, "demo.json"), "utf8")) as { splits: Record<string, string[]> };
  return splits[split]!;
}

export async function readDemoImage(name: string): Promise<DemoImage> {
  const frame = await decodeFrame(readFileSync(join(demo, "images", `${name}.png`)), { fileName: name, frame: 0 });
  const mask = await sharp(join(demo, "masks", `${name}.png`))
    .toColourspace("b-w")
    .raw()
    .toBuffer();
  const data = Uint8Array.from(mask, (value) => (value === 0 ? 0 : 1));
  return { name, frame, truth: { width: frame.width, height: frame.height, data } };
}
