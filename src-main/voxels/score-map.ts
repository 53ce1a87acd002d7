/**
 * @file A score from 0 to 1 for each part of a frame, in 16 steps on a grid of its own: uncertainty, disagreement. Small enough to be kept
 * for every proposal; enlarged where it is shown.
 */
import { Problem } from "../problem/index.ts";
import { MAX_SIDE } from "./label-map.ts";
import { resizeBilinear, type Size } from "./resample.ts";

/** What travels over HTTP for a score map. */
export const SCORE_MAP_MEDIA_TYPE = "application/vnd.aliquot.score-map";

/** "ALQS" read as a little-endian integer. */
const MAGIC = 0x53514c41;
const VERSION = 1;
const HEADER_BYTES = 12;
/** Largest level: four bits. */
const STEPS = 15;

/** The picture of a frame, stretched over the grid. */
export interface ScoreMap extends Size {
  /** 0–255 for 0–1, row by row. */
  data: Uint8Array<ArrayBuffer>;
}

/**
 * Header of 12 bytes (u32 magic, u32 version, u16 width, u16 height, little-endian), then four bits a cell, row by row, the earlier cell in the
 * higher bits. `scores` are clamped to 0–1; what is no number counts as 1, the most doubtful.
 */
export function encodeScoreMap(scores: ArrayLike<number>, { width, height }: Size): Uint8Array<ArrayBuffer> {
  const cells = width * height;
  if (scores.length !== cells)
    throw new RangeError(`score map: ${scores.length} scores do not fill ${width} x ${height}.`);
  const bytes = new Uint8Array(HEADER_BYTES + ((cells + 1) >> 1));
  const header = new DataView(bytes.buffer);
  header.setUint32(0, MAGIC, true);
  header.setUint32(4, VERSION, true);
  header.setUint16(8, width, true);
  header.setUint16(10, height, true);
  for (let cell = 0; cell < cells; cell++) {
    const score = scores[cell]!;
    const level = Number.isNaN(score) ? STEPS : Math.round(STEPS * Math.min(1, Math.max(0, score)));
    bytes[HEADER_BYTES + (cell >> 1)]! |= cell % 2 === 0 ? level << 4 : level;
  }
  return bytes;
}

/** Reads what `encodeScoreMap` wrote. Throws `Problem` "corrupt-file" when header and length do not agree. */
export function decodeScoreMap(bytes: Uint8Array): ScoreMap {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isOurs =
    bytes.length >= HEADER_BYTES && header.getUint32(0, true) === MAGIC && header.getUint32(4, true) === VERSION;
  const width = isOurs ? header.getUint16(8, true) : 0;
  const height = isOurs ? header.getUint16(10, true) : 0;
  const cells = width * height;
  const isWhole =
    cells > 0 && width <= MAX_SIDE && height <= MAX_SIDE && bytes.length === HEADER_BYTES + ((cells + 1) >> 1);
  if (!isWhole) {
    throw new Problem({
      code: "corrupt-file",
      title: "The uncertainty map is damaged.",
      hint: "Let the model propose on the image again.",
    });
  }
  const data = new Uint8Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const pair = bytes[HEADER_BYTES + (cell >> 1)]!;
    data[cell] = Math.round((255 * (cell % 2 === 0 ? pair >> 4 : pair & 15)) / STEPS);
  }
  return { width, height, data };
}

/** Scores of the pixels of a frame, 0–255, enlarged bilinearly. */
export function enlargeScoreMap(map: ScoreMap, to: Size): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(resizeBilinear(map.data, map, to), Math.round);
}
