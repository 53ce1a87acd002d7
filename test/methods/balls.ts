/** @file Generated series: a bright ball in noise, slice by slice. */
import type { CaseSource, FrameRole, SourceFrame } from "../../src-main/dataset/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, type Frame, type LabelMap } from "../../src-main/voxels/index.ts";

/** Sizes [slices, rows, columns]: no side is like another, and none a multiple of a patch's. */
export const BALL_SIZE = [10, 22, 26] as const;
/** mm between voxels, across and in the plane. */
const SPACING = { z: 2, y: 1, x: 1 };

/** A ball, round in mm, and where it is. */
export function ball(seed: number, [depth, height, width]: readonly [number, number, number] = BALL_SIZE) {
  const random = new Random(seed, "ball");
  const center = [depth, height, width].map((size) => random.between(size * 0.4, size * 0.6));
  const radius = random.between(5, 7);
  const frames: Frame[] = [];
  const labelMaps: LabelMap[] = [];
  for (let z = 0; z < depth; z++) {
    const map = createLabelMap(width, height);
    const data = new Int16Array(width * height);
    for (let pixel = 0; pixel < data.length; pixel++) {
      const [y, x] = [Math.floor(pixel / width), pixel % width];
      const [dz, dy, dx] = [SPACING.z * (z - center[0]!), y - center[1]!, x - center[2]!];
      if (Math.hypot(dz, dy, dx) < radius) map.data[pixel] = 1;
      data[pixel] = Math.round(100 * map.data[pixel]! + 40 * random.normal());
    }
    labelMaps.push(map);
    frames.push({
      width,
      height,
      channels: 1,
      sampleType: "int16",
      data,
      photometric: "MONOCHROME2",
      rescaleSlope: 1,
      rescaleIntercept: 0,
      window: null,
      spacing: { x: SPACING.x, y: SPACING.y },
      geometry: {
        origin: { x: 0, y: 0, z: SPACING.z * z },
        columnDirection: { x: 1, y: 0, z: 0 },
        rowDirection: { x: 0, y: 1, z: 0 },
        sliceStep: null,
      },
    });
  }
  return { frames, labelMaps };
}

/** One series for each role; asking for the label of an unlabelled one is a failure of its own. */
export function balls(roles: readonly FrameRole[], size = BALL_SIZE): CaseSource {
  const [depth] = size;
  const made = roles.map((_, index) => ball(index, size));
  const at = (frameId: number) => [Math.floor(frameId / depth), frameId % depth] as const;
  return {
    frames: roles.flatMap((role, caseId) =>
      Array.from({ length: depth }, (_, slice): SourceFrame => ({
        frameId: caseId * depth + slice,
        caseId,
        role,
        hasLabelMap: role !== "unlabelled",
        volume: { id: caseId * depth, slices: depth },
      })),
    ),
    frame(frameId) {
      const [series, slice] = at(frameId);
      return Promise.resolve(made[series]!.frames[slice]!);
    },
    labelMap(frameId) {
      const [series, slice] = at(frameId);
      if (roles[series] === "unlabelled") throw new Error("an unlabelled slice was asked for its label");
      return Promise.resolve(made[series]!.labelMaps[slice]!);
    },
  };
}
