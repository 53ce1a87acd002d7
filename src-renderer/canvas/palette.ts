/** @file Colors of label classes: the palette that viewers read, and the colors offered for new classes. */
import type { ClassRow } from "../../src-main/api/contract.ts";

/** Told apart on grey tissue and by color-blind readers (after Okabe and Ito 2008, brightened for a dark stage). */
export const CLASS_COLORS = ["#ff6b5e", "#35c9ff", "#ffd23f", "#5fe08a", "#c58bff", "#ff9f43", "#ff7ac6", "#9fb8ff"];

/** RGB around the image: `--stage` of the styles. */
export const STAGE_COLOR = [7, 9, 11] as const;

/** RGBA of the file's overlays: off-white with a hint of green, which no class has, seen on tissue and on film alike. */
export const OVERLAY_COLOR = [205, 255, 190, 235] as const;

/** Of the uncertainty layer by byte of doubt, 256 RGBA entries: nothing where the model is sure, then yellow to red (opacity up to 0.8). */
export const HEAT_COLORS = heatColors();

function heatColors(): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    const doubt = byte / 255;
    table.set([255, 199 - 138 * doubt, 51 - 20 * doubt, 255 * Math.min(doubt * 1.6, 0.8)], 4 * byte);
  }
  return table;
}

/** Color for the class that is added as the `count + 1`th. */
export function nextClassColor(count: number): string {
  return CLASS_COLORS[count % CLASS_COLORS.length]!;
}

/** 256 RGBA entries by class value, alpha 0 for classes that are hidden; values without a class get a neutral grey, so that no pixel is invisible. */
export function paletteOf(classes: readonly ClassRow[]): Uint8Array {
  const palette = new Uint8Array(4 * 256).fill(200);
  palette.fill(0, 0, 4);
  for (let value = 1; value < 256; value++) palette[4 * value + 3] = 255;
  for (const { value, color, isHidden } of classes) {
    const rgb = Number.parseInt(color.slice(1), 16);
    palette.set([(rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255, isHidden ? 0 : 255], 4 * value);
  }
  return palette;
}
