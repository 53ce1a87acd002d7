/**
 * @file Blobs made by numbers, for methods that paint: a ramp with a faint ripple and noise, one three-lobed blob a little brighter with a
 * ripple of its own, one bright dot that is none. Blobs to learn from vary a quarter as much in place, size and angle as those to judge on: what
 * is missing lies inside what moving masks can make.
 */
import type { LabelClass } from "../../src-main/api/contract.ts";
import type { Study, StudyFrame } from "../../src-main/experiments/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, type Frame, type LabelMap } from "../../src-main/voxels/index.ts";

export const blobClasses: readonly LabelClass[] = [{ value: 1, name: "blob", color: "#4c78a8" }];

const NOISE = 0.05;
/** Of the spread of blobs to judge on. */
const LEARNED_SPREAD = 0.25;
/** Half axes in sides of the picture. */
const AXES = { x: 0.2, y: 0.12 };
const BRIGHTER = 0.12;

/** `spread` 1: as blobs to judge on. Lengths in sides of the picture. */
function drawBlob(random: Random, side: number, spread: number): { frame: Frame; labels: LabelMap } {
  const { PI } = Math;
  const vary = (by: number): number => spread * random.between(-by, by);
  const center = { x: 0.5 + vary(0.18), y: 0.5 + vary(0.18) };
  const scale = { x: AXES.x * Math.exp(vary(0.35)), y: AXES.y * Math.exp(vary(0.35)) };
  const angle = vary(0.6);
  const lobes = random.between(0, 2 * PI);
  const ramp = { angle: random.between(0, 2 * PI), height: random.between(0.1, 0.25) };
  const ripple = { angle: random.between(0, 2 * PI), phase: random.between(0, 2 * PI) };
  const own = { angle: random.between(0, 2 * PI), phase: random.between(0, 2 * PI) };
  const dot = { x: random.between(0.1, 0.9), y: random.between(0.1, 0.9) };
  const labels = createLabelMap(side, side);
  const data = new Uint8Array(side * side);
  const wave = ({ angle: at, phase }: { angle: number; phase: number }, x: number, y: number, length: number): number =>
    Math.sin((2 * PI * (x * Math.cos(at) + y * Math.sin(at))) / length + phase);
  for (let place = 0; place < side * side; place++) {
    const x = ((place % side) + 0.5) / side;
    const y = (Math.floor(place / side) + 0.5) / side;
    const dx = x - center.x;
    const dy = y - center.y;
    const along = (dx * Math.cos(angle) + dy * Math.sin(angle)) / scale.x;
    const across = (-dx * Math.sin(angle) + dy * Math.cos(angle)) / scale.y;
    const edge = 1 + 0.15 * Math.cos(3 * Math.atan2(across, along) + lobes);
    const isInside = Math.hypot(along, across) < edge;
    let value = 0.4 + ramp.height * ((x - 0.5) * Math.cos(ramp.angle) + (y - 0.5) * Math.sin(ramp.angle));
    value += 0.02 * wave(ripple, x, y, 0.4);
    if (isInside) value += BRIGHTER + 0.03 * wave(own, x, y, 0.12);
    if (Math.hypot(x - dot.x, y - dot.y) < 0.04) value += 0.2;
    labels.data[place] = isInside ? 1 : 0;
    data[place] = Math.round(255 * Math.min(1, Math.max(0, value + NOISE * random.normal())));
  }
  const frame: Frame = {
    width: side,
    height: side,
    channels: 1,
    sampleType: "uint8",
    data,
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
  return { frame, labels };
}

export interface BlobStudy extends Study {
  /** Cases to learn from; all others are to judge on. */
  readonly learned: readonly number[];
}

/** A population of its own for each seed; every image is a case of its own. */
export function blobStudy(
  seed: number,
  { learned, judged, side }: { learned: number; judged: number; side: number },
): BlobStudy {
  const pictures = Array.from({ length: learned + judged }, (_, index) =>
    drawBlob(new Random(seed, "blob", index), side, index < learned ? LEARNED_SPREAD : 1),
  );
  const frames = pictures.map((_, index): StudyFrame => {
    return { frameId: index + 1, caseId: index + 1, isAnnotated: true };
  });
  return {
    frames,
    classes: blobClasses,
    channels: 1,
    learned: frames.slice(0, learned).map(({ caseId }) => caseId),
    frame: async (frameId) => pictures[frameId - 1]!.frame,
    labelMap: async (frameId) => pictures[frameId - 1]!.labels,
  };
}
