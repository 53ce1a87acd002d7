/** @file The misalignment that RegGAN is measured against: each image of a pair turned, scaled and shifted by itself. */
import type { Random } from "../random/index.ts";
import type { Planes } from "./mask-augmentation/index.ts";

/** A movement about the centre of an image. */
export interface Misalignment {
  degrees: number;
  scale: number;
  /** Whole pixels. */
  shift: { x: number; y: number };
}

export const ALIGNED: Misalignment = { degrees: 0, scale: 1, shift: { x: 0, y: 0 } };

/**
 * Of a level 0 to 5: up to so many degrees, 2 % of the side as shift and 2 % of scale for each level. Kong et al. 2021, arXiv:2110.06465,
 * noise levels.
 */
export function drawMisalignment(level: number, side: number, random: Random): Misalignment {
  const degrees = random.between(-level, level);
  const shift = { x: 0, y: 0 };
  for (const axis of ["y", "x"] as const) shift[axis] = Math.round(random.between(-1, 1) * 0.02 * level * side) + 0;
  return level === 0 ? ALIGNED : { degrees, scale: 1 + random.between(-0.02, 0.02) * level, shift };
}

/** Nearest neighbour, so that no new values come in; `outside` where the image ends. A fresh array. */
export function misalign({ width, height, channels, data }: Planes, by: Misalignment, outside = -1): Planes {
  const moved = new Float32Array(data.length).fill(outside);
  const angle = (by.degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const centre = { x: (width - 1) / 2, y: (height - 1) / 2 };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = (column - centre.x - by.shift.x) / by.scale;
      const y = (row - centre.y - by.shift.y) / by.scale;
      const from = { x: Math.round(cos * x + sin * y + centre.x), y: Math.round(cos * y - sin * x + centre.y) };
      if (from.x < 0 || from.x >= width || from.y < 0 || from.y >= height) continue;
      for (let channel = 0; channel < channels; channel++) {
        const plane = channel * width * height;
        moved[plane + row * width + column] = data[plane + from.y * width + from.x]!;
      }
    }
  }
  return { width, height, channels, data: moved };
}
