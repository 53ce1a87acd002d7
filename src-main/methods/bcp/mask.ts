/** @file Where one image is pasted into another: masks of 1 (receiver) and 0 (pasted), in integers throughout. */
import type { Random } from "../../random/index.ts";

/**
 * "block": one rectangle at random, the paper's choice. "cells": as many small ones as there are cells in a grid of 3 along each axis, one
 * in each. "slab": from side to side along all axes but the first. All of about the same size.
 */
export type MaskGeometry = "block" | "cells" | "slab";

/** A share of each axis, as a fraction of integers: floor(0.58 · 100) would be 57. */
export interface Ratio {
  over: number;
  under: number;
}

const CELLS = 3;

/** ⌊ratio · size⌋, exactly. */
export function partOf(size: number, { over, under }: Ratio): number {
  return Math.floor((size * over) / under);
}

/**
 * A mask of `shape` (two or three axes): 1 where the receiver stays, 0 in a hole that takes `ratio` of each axis. The place of the
 * hole is uniform; the last place of an axis is never in a block, as in Bai et al. 2023 (arXiv:2305.00673), whose offsets go up to
 * size - hole - 1. So a block of more than half an axis always covers its middle: the paper's "zero-centred". Throws where the hole would
 * be empty or fill an axis.
 */
export function drawMask(
  shape: readonly number[],
  { geometry, ratio, random }: { geometry: MaskGeometry; ratio: Ratio; random: Random },
): Float32Array<ArrayBuffer> {
  if (shape.length !== 2 && shape.length !== 3) {
    throw new Error(`mask: expected 2 or 3 axes, got [${shape.join(", ")}].`);
  }
  const mask = new Float32Array(shape.reduce((product, size) => product * size)).fill(1);
  const place = (from: readonly number[], room: readonly number[], hole: readonly number[]): void => {
    const start = hole.map((size, axis) => {
      const free = room[axis]! - size;
      if (size < 1 || free < 1) {
        throw new Error(`mask: a hole of ${size} does not fit into ${room[axis]} pixels. Use larger images.`);
      }
      return from[axis]! + random.integer(free);
    });
    cutOut(mask, shape, start, hole);
  };
  switch (geometry) {
    case "block":
      place(
        shape.map(() => 0),
        shape,
        shape.map((size) => partOf(size, ratio)),
      );
      break;
    case "cells": {
      const cell = shape.map((size) => Math.floor(size / CELLS));
      const hole = cell.map((size) => partOf(size, ratio));
      for (let index = 0; index < CELLS ** shape.length; index++) {
        const corner = cell.map((size, axis) => (Math.floor(index / CELLS ** axis) % CELLS) * size);
        place(corner, cell, hole);
      }
      break;
    }
    case "slab": {
      // ratio to the power of the axes, along the first one alone.
      const whole = { over: ratio.over ** shape.length, under: ratio.under ** shape.length };
      const thickness = partOf(shape[0]!, whole);
      const start = random.integer(Math.max(1, shape[0]! - thickness));
      cutOut(mask, shape, [start, ...shape.slice(1).map(() => 0)], [thickness, ...shape.slice(1)]);
    }
  }
  return mask;
}

/** Sets a box to 0; the last axis is the fastest. */
function cutOut(mask: Float32Array, shape: readonly number[], start: readonly number[], size: readonly number[]): void {
  const rows = size.slice(0, -1).reduce((product, length) => product * length, 1);
  const width = size.at(-1)!;
  for (let row = 0; row < rows; row++) {
    let rest = row;
    let offset = 0;
    let stride = shape.at(-1)!;
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      offset += (start[axis]! + (rest % size[axis]!)) * stride;
      rest = Math.floor(rest / size[axis]!);
      stride *= shape[axis]!;
    }
    mask.fill(0, offset + start.at(-1)!, offset + start.at(-1)! + width);
  }
}
