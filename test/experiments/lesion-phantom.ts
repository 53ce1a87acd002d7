/**
 * @file Lesions made by numbers, in color, for methods that paint for masks: a star-shaped region of its own color, shading, texture and highlights on reddish
 * folds that darken outwards. Siamese-Diffusion specification, section 16.1.
 */
import type { LabelClass } from "../../src-main/api/contract.ts";
import type { Study, StudyFrame } from "../../src-main/experiments/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, type Frame, type LabelMap, signedDistances } from "../../src-main/voxels/index.ts";

export const lesionClasses: readonly LabelClass[] = [{ value: 1, name: "lesion", color: "#4c78a8" }];

const { PI } = Math;
const BACKGROUND = [0.72, 0.38, 0.34] as const;
const LESION = [0.82, 0.52, 0.42] as const;
/** Of the colors from picture to picture. */
const COLOR_SPREAD = 0.05;
const NOISE = 0.01;
/** Share of the picture below which a region is drawn again. */
const SMALLEST = 0.03;
/** Of the border, pixels. */
const SOFTNESS = 0.7;

export interface Lesion {
  frame: Frame;
  labels: LabelMap;
}

/** One picture; lengths follow its side. */
export function drawLesion(random: Random, side: number): Lesion {
  const labels = drawRegion(random, side);
  const distances = signedDistances(labels); // negative inside
  const deepest = -distances.reduce((least, distance) => Math.min(least, distance), -1e-6);
  const color = (of: readonly number[]) => of.map((mean) => mean + COLOR_SPREAD * random.normal());
  const [outside, inside] = [color(BACKGROUND), color(LESION)];
  const [coarse, fine, texture] = [cellNoise(random, 4), cellNoise(random, 9), cellNoise(random, 16)];
  const fold = { angle: random.between(0, 2 * PI), phase: random.between(0, 2 * PI), waves: random.between(1, 3) };
  const highlights = drawHighlights(random, labels, 1 + random.integer(2));
  const data = new Uint8Array(side * side * 3);
  for (let place = 0; place < side * side; place++) {
    const x = ((place % side) + 0.5) / side;
    const y = (Math.floor(place / side) + 0.5) / side;
    const wave = Math.sin(2 * PI * fold.waves * (x * Math.cos(fold.angle) + y * Math.sin(fold.angle)) + fold.phase);
    const relief = 0.1 * coarse(x, y) + 0.04 * fine(x, y) + 0.05 * wave;
    const vignette = 1 - 0.9 * ((x - 0.5) ** 2 + (y - 0.5) ** 2);
    const shading = 0.75 + 0.35 * Math.sqrt(Math.max(0, -distances[place]!) / deepest);
    const shine = highlights.reduce(
      (sum, { at, radius }) => sum + 0.5 * Math.exp(-((x - at.x) ** 2 + (y - at.y) ** 2) / (2 * radius ** 2)),
      0,
    );
    const share = 1 / (1 + Math.exp(distances[place]! / (SOFTNESS / 2)));
    for (let channel = 0; channel < 3; channel++) {
      const wall = (outside[channel]! + relief) * vignette;
      const lesion = inside[channel]! * shading + 0.1 * texture(x, y) + shine;
      const value = share * lesion + (1 - share) * wall + NOISE * random.normal();
      data[3 * place + channel] = Math.round(255 * Math.min(1, Math.max(0, value)));
    }
  }
  const frame: Frame = {
    width: side,
    height: side,
    channels: 3,
    sampleType: "uint8",
    data,
    photometric: "RGB",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
  return { frame, labels };
}

/** A circle whose radius swings in 2 to 5 waves around it. */
function drawRegion(random: Random, side: number): LabelMap {
  for (;;) {
    const center = { x: random.between(0.28, 0.72), y: random.between(0.28, 0.72) };
    const radius = random.between(0.12, 0.28);
    const waves = [2, 3, 4, 5].map((count) => ({
      count,
      height: (0.22 / count) * random.normal(),
      phase: random.between(0, 2 * PI),
    }));
    const labels = createLabelMap(side, side);
    let area = 0;
    for (let place = 0; place < side * side; place++) {
      const dx = ((place % side) + 0.5) / side - center.x;
      const dy = (Math.floor(place / side) + 0.5) / side - center.y;
      const angle = Math.atan2(dy, dx);
      const swing = waves.reduce((sum, { count, height, phase }) => sum + height * Math.cos(count * angle + phase), 1);
      if (Math.hypot(dx, dy) >= radius * swing) continue;
      labels.data[place] = 1;
      area++;
    }
    if (area >= SMALLEST * side * side) return labels;
  }
}

/** Values in [-1, 1] at the corners of `cells` × `cells` cells, bilinear between them. x and y in [0, 1]. */
function cellNoise(random: Random, cells: number): (x: number, y: number) => number {
  const corners = Array.from({ length: (cells + 1) ** 2 }, () => random.between(-1, 1));
  const corner = (row: number, column: number): number => corners[row * (cells + 1) + column]!;
  return (x, y) => {
    const [column, row] = [Math.min(cells - 1, Math.floor(x * cells)), Math.min(cells - 1, Math.floor(y * cells))];
    const [right, down] = [x * cells - column, y * cells - row];
    const along = (of: number) => corner(of, column) * (1 - right) + corner(of, column + 1) * right;
    return along(row) * (1 - down) + along(row + 1) * down;
  };
}

/** Within the region. Lengths in sides of the picture. */
function drawHighlights(random: Random, { width, data }: LabelMap, count: number) {
  const places = [...data.keys()].filter((place) => data[place] === 1);
  return Array.from({ length: count }, () => {
    const place = places[random.integer(places.length)]!;
    const at = { x: ((place % width) + 0.5) / width, y: (Math.floor(place / width) + 0.5) / width };
    return { at, radius: random.between(0.02, 0.05) };
  });
}

export interface LesionStudy extends Study {
  /** Cases to learn from; all others are to judge on. */
  readonly learned: readonly number[];
}

/** A population of its own for each seed; every image is a case of its own. */
export function lesionStudy(
  seed: number,
  { learned, judged, side }: { learned: number; judged: number; side: number },
): LesionStudy {
  const pictures = Array.from({ length: learned + judged }, (_, index) =>
    drawLesion(new Random(seed, "lesion", index), side),
  );
  const frames = pictures.map((_, index): StudyFrame => {
    return { frameId: index + 1, caseId: index + 1, isAnnotated: true };
  });
  return {
    frames,
    classes: lesionClasses,
    channels: 3,
    learned: frames.slice(0, learned).map(({ caseId }) => caseId),
    frame: async (frameId) => pictures[frameId - 1]!.frame,
    labelMap: async (frameId) => pictures[frameId - 1]!.labels,
  };
}
