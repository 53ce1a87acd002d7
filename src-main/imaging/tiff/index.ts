/**
 * @file TIFF and BigTIFF files: each page a frame.
 */
import type { Frame } from "../../voxels/index.ts";
import { readTiff } from "./directory.ts";
import { decodePage } from "./pixels.ts";

export { isTiff } from "./directory.ts";

export interface OpenTiff {
  frameCount: number;
  /** Page `index`, counted from 0, upright. */
  frame(index: number): Promise<Frame>;
  /** A page decoded so far had transparent pixels, which are put on black. */
  isOnBlack(): boolean;
}

/** Opens a TIFF; previews and masks among its pages are left out. Throws `Problem`. */
export function openTiff(bytes: Uint8Array, fileName: string): OpenTiff {
  const { pages, isBigEndian } = readTiff(bytes, fileName);
  let isOnBlack = false;
  return {
    frameCount: pages.length,
    frame: async (index) => {
      const page = await decodePage(bytes, pages[index]!, isBigEndian, fileName);
      isOnBlack ||= page.isOnBlack;
      return page.frame;
    },
    isOnBlack: () => isOnBlack,
  };
}
