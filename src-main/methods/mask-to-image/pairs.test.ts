import { expect, it } from "vitest";
import type { CaseSource } from "../../dataset/index.ts";
import { createLabelMap, type Frame, stampDisc } from "../../voxels/index.ts";
import { type Movement, openPairs } from "./pairs.ts";

const SIZE = 32;

/** One image: a disc left of the middle, its mask the same. */
function oneDisc(): Pick<CaseSource, "frames" | "frame" | "labelMap"> {
  const map = createLabelMap(SIZE, SIZE);
  stampDisc(map, { x: 11, y: 15.5 }, 6, 1);
  const frame: Frame = {
    width: SIZE,
    height: SIZE,
    channels: 1,
    sampleType: "uint8",
    data: map.data.map((value) => 60 + 120 * value),
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
  return {
    frames: [{ frameId: 1, caseId: 1, role: "train", hasLabelMap: true }],
    frame: () => Promise.resolve(frame),
    labelMap: () => Promise.resolve(map),
  };
}

async function moved(movement: Movement): Promise<{ masks: Uint8Array[]; original: Uint8Array }> {
  const pairs = openPairs(
    { cases: oneDisc() as CaseSource, classes: [{ value: 1, name: "disc" }], seed: 4, movement },
    { size: SIZE, channels: 1 },
  );
  const masks = [];
  for (let draw = 0; draw < 24; draw++) masks.push((await pairs.moved([0], draw)).labelMap);
  return { masks, original: (await pairs.training([0])).labelMap };
}

const mirrored = (mask: Uint8Array): Uint8Array =>
  mask.map((_, at) => mask[at - (at % SIZE) + SIZE - 1 - (at % SIZE)]!);

function centre(mask: Uint8Array): { x: number; y: number; area: number } {
  const inside = [...mask.keys()].filter((at) => mask[at] === 1);
  const mean = (of: (at: number) => number): number => inside.reduce((sum, at) => sum + of(at), 0) / inside.length;
  return { x: mean((at) => at % SIZE), y: mean((at) => Math.floor(at / SIZE)), area: inside.length };
}

it("flipped pairs are the pair itself or its mirror image, both of them sometimes", async () => {
  const { masks, original } = await moved("flip");
  const isMirrored = masks.map((mask) => {
    expect([original, mirrored(original)]).toContainEqual(mask);
    return centre(mask).x > SIZE / 2;
  });
  expect(new Set(isMirrored).size).toBe(2);
});

it("translated pairs keep their shape and go no farther than a tenth", async () => {
  const { masks, original } = await moved("translate");
  const from = centre(original);
  const places = masks.map(centre);
  for (const { x, y, area } of places) {
    expect(Math.abs(x - from.x)).toBeLessThanOrEqual(0.1 * SIZE + 0.5);
    expect(Math.abs(y - from.y)).toBeLessThanOrEqual(0.1 * SIZE + 0.5);
    expect(Math.abs(area / from.area - 1)).toBeLessThan(0.1);
  }
  expect(new Set(places.map(({ x }) => Math.round(x))).size).toBeGreaterThan(3);
});

it("rotated pairs stay as far from the middle of the frame as they were", async () => {
  const { masks, original } = await moved("rotate");
  const radius = ({ x, y }: { x: number; y: number }): number => Math.hypot(x - 15.5, y - 15.5);
  const heights = masks.map(centre).map((place) => {
    expect(Math.abs(radius(place) - radius(centre(original)))).toBeLessThan(0.7);
    return place.y;
  });
  expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(1);
});
