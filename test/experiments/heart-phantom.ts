/**
 * @file Short-axis hearts made by numbers: per patient a stack of six slices with right ventricle (1), myocardium (2) and left ventricle (3). What
 * differs between patients (place, shape, intensities, contrast, field, blur, noise) is drawn once for all slices of a patient, and by
 * much: three labelled patients do not show what the others look like.
 */
import type { LabelClass } from "../../src-main/api/contract.ts";
import type { Study, StudyFrame } from "../../src-main/experiments/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, type Frame, type LabelMap } from "../../src-main/voxels/index.ts";

export const SLICES = 6;

export const heartClasses: readonly LabelClass[] = [
  { value: 1, name: "right ventricle", color: "#4c78a8" },
  { value: 2, name: "myocardium", color: "#f58518" },
  { value: 3, name: "left ventricle", color: "#e45756" },
];

interface Blob {
  x: number;
  y: number;
  radius: number;
}

/** All lengths in sides of the picture. */
interface Heart {
  center: { x: number; y: number };
  /** Of the left ventricle at the base. */
  radius: number;
  wall: number;
  /** Ratio of the axes, and where the long one points. */
  eccentricity: number;
  tilt: number;
  right: { angle: number; halfWidth: number; thickness: number };
  /** Offset from slice to slice. */
  drift: { x: number; y: number };
  shrink: number;
  blood: number;
  muscle: number;
  tissue: number;
  lung: number;
  gamma: number;
  field: { x: number; y: number; square: number };
  blurPixels: number;
  noise: number;
  blobs: Blob[];
  chest: { radius: number; thickness: number; brightness: number };
  papillary: Blob[];
}

function drawHeart(random: Random): Heart {
  const { PI } = Math;
  const blob = (spread: number, small: number, large: number): Blob => {
    const angle = random.between(0, 2 * PI);
    return { x: spread * Math.cos(angle), y: spread * Math.sin(angle), radius: random.between(small, large) };
  };
  return {
    center: { x: random.between(0.4, 0.6), y: random.between(0.4, 0.6) },
    radius: random.between(0.09, 0.15),
    wall: random.between(0.035, 0.08),
    eccentricity: random.between(0.8, 1.25),
    tilt: random.between(0, PI),
    right: {
      angle: PI + random.between(-0.9, 0.9),
      halfWidth: random.between(0.6, 1.1),
      thickness: random.between(0.06, 0.13),
    },
    drift: { x: random.between(-0.012, 0.012), y: random.between(-0.012, 0.012) },
    shrink: random.between(0.45, 0.65),
    blood: random.between(0.55, 1),
    muscle: random.between(0.12, 0.45),
    tissue: random.between(0.2, 0.6),
    lung: random.between(0, 0.25),
    gamma: Math.exp(random.between(Math.log(0.55), Math.log(1.8))),
    field: { x: random.between(-0.6, 0.6), y: random.between(-0.6, 0.6), square: random.between(-0.5, 0.5) },
    blurPixels: random.between(0.2, 1.3),
    noise: random.between(0.02, 0.12),
    blobs: Array.from({ length: 4 + random.integer(5) }, () => blob(random.between(0.28, 0.46), 0.02, 0.08)),
    chest: {
      radius: random.between(0.46, 0.56),
      thickness: random.between(0.02, 0.06),
      brightness: random.between(0.6, 1),
    },
    papillary: Array.from({ length: 2 }, () => blob(random.between(0.45, 0.75), 0.15, 0.3)),
  };
}

/** Intensities before contrast, and labels, of one slice: from the base (0) to the apex. */
function drawSlice(heart: Heart, slice: number, side: number): { image: Float32Array; labels: LabelMap } {
  const { center, tilt, right, chest } = heart;
  const labels = createLabelMap(side, side);
  const image = new Float32Array(side * side);
  const size = 1 - (1 - heart.shrink) * (slice / (SLICES - 1));
  const radius = heart.radius * size;
  const outer = radius + heart.wall * (0.6 + 0.4 * size);
  const hasRight = slice < SLICES - 1;
  const middle = { x: center.x + heart.drift.x * slice, y: center.y + heart.drift.y * slice };
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const index = row * side + column;
      const x = (column + 0.5) / side;
      const y = (row + 0.5) / side;
      const dx = x - middle.x;
      const dy = y - middle.y;
      const along = (dx * Math.cos(tilt) + dy * Math.sin(tilt)) / Math.sqrt(heart.eccentricity);
      const across = (-dx * Math.sin(tilt) + dy * Math.cos(tilt)) * Math.sqrt(heart.eccentricity);
      const distance = Math.hypot(along, across);
      const turn = Math.abs(wrapped(Math.atan2(dy, dx) - right.angle));
      const crescent = right.thickness * size * Math.max(0, 1 - (turn / right.halfWidth) ** 2);

      const fromMiddle = Math.hypot(x - 0.5, y - 0.5);
      let value = fromMiddle > 0.36 ? heart.tissue * 0.7 : heart.lung + 0.5 * (heart.tissue - heart.lung);
      if (Math.abs(fromMiddle - chest.radius) < chest.thickness) value = chest.brightness;
      for (const one of heart.blobs) {
        if (Math.hypot(x - 0.5 - one.x, y - 0.5 - one.y) < one.radius) value = heart.blood * 0.95;
      }
      if (distance < outer + 0.02) value = heart.tissue;
      if (distance < radius) {
        labels.data[index] = 3;
        value = heart.blood;
        for (const one of heart.papillary) {
          if (Math.hypot(dx / radius - one.x, dy / radius - one.y) < one.radius) value = heart.muscle * 1.2;
        }
      } else if (distance < outer) {
        labels.data[index] = 2;
        value = heart.muscle;
      } else if (hasRight && distance < outer + crescent) {
        labels.data[index] = 1;
        value = heart.blood * 0.92;
      }
      const field =
        heart.field.x * (x - 0.5) + heart.field.y * (y - 0.5) + heart.field.square * (fromMiddle ** 2 - 0.08);
      image[index] = Math.max(0, value * (1 + field));
    }
  }
  return { image, labels };
}

const wrapped = (angle: number): number => Math.atan2(Math.sin(angle), Math.cos(angle));

/** Gaussian, borders repeated. */
function blurred(image: Float32Array, side: number, sigma: number): Float32Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, place) =>
    Math.exp(-((place - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const pass = (from: Float32Array, step: number, other: number): Float32Array => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < side; line++) {
      for (let at = 0; at < side; at++) {
        let value = 0;
        kernel.forEach((weight, place) => {
          const source = Math.min(side - 1, Math.max(0, at + place - reach));
          value += weight * from[line * other + source * step]!;
        });
        to[line * other + at * step] = value / sum;
      }
    }
    return to;
  };
  return pass(pass(image, 1, side), side, 1);
}

/** A patient's stack: 8 bits over the range of the whole stack. */
function drawPatient(seed: number, patient: number, side: number): { frame: Frame; labels: LabelMap }[] {
  const random = new Random(seed, "heart", patient);
  const heart = drawHeart(random);
  const slices = Array.from({ length: SLICES }, (_, slice) => {
    const { image, labels } = drawSlice(heart, slice, side);
    const soft = blurred(image, side, (heart.blurPixels * side) / 64);
    for (let index = 0; index < soft.length; index++) {
      soft[index] = Math.max(0, soft[index]!) ** heart.gamma + heart.noise * random.normal();
    }
    return { image: soft, labels };
  });
  let low = Infinity;
  let high = -Infinity;
  for (const { image } of slices) {
    for (const value of image) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return slices.map(({ image, labels }) => ({
    labels,
    frame: {
      width: side,
      height: side,
      channels: 1,
      sampleType: "uint8",
      data: Uint8Array.from(image, (value) => Math.round((255 * (value - low)) / (high - low))),
      photometric: "MONOCHROME2",
      rescaleSlope: 1,
      rescaleIntercept: 0,
      window: null,
      spacing: null,
    },
  }));
}

/** A population of its own for each seed. Patients are cases 1 to `patients`, each with six frames. */
export function heartStudy(seed: number, { patients, side }: { patients: number; side: number }): Study {
  const slices = new Map<number, { frame: Frame; labels: LabelMap }>();
  const frames: StudyFrame[] = [];
  for (let caseId = 1; caseId <= patients; caseId++) {
    drawPatient(seed, caseId, side).forEach((slice, index) => {
      const frameId = (caseId - 1) * SLICES + index + 1;
      slices.set(frameId, slice);
      frames.push({ frameId, caseId, isAnnotated: true });
    });
  }
  return {
    frames,
    classes: heartClasses,
    channels: 1,
    frame: async (frameId) => slices.get(frameId)!.frame,
    labelMap: async (frameId) => slices.get(frameId)!.labels,
  };
}
