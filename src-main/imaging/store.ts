/**
 * @file A decoded frame as a file of its own that decodes to the same frame: what a project keeps of formats that hold several
 * frames or that no part of the app should have to read twice.
 */
import sharp from "sharp";
import type { Frame } from "../voxels/index.ts";
import type { AttributeCount } from "./deidentify-options.ts";
import { storeAsNifti } from "./nifti/index.ts";

/** What a project keeps of a file, and what that lacks, holds changed or still has. */
export interface StoredBytes {
  bytes: Uint8Array;
  attributes: AttributeCount[];
}

/** PNG for 8- and 16-bit pictures, else NIfTI: it keeps signs, floats and the window. */
export async function storeFrame(frame: Frame): Promise<Uint8Array> {
  const { width, height, channels, sampleType, data, spacing, window } = frame;
  const is16 = sampleType === "uint16";
  if ((is16 || sampleType === "uint8") && window === null && spacing === null) {
    const space = channels === 3 ? (is16 ? "rgb16" : "srgb") : is16 ? "grey16" : "b-w";
    const png = await sharp(data as Uint8Array | Uint16Array, { raw: { width, height, channels } })
      .toColourspace(space)
      .png({ compressionLevel: 6, palette: false })
      .toBuffer();
    return new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
  }
  return storeAsNifti({
    size: [width, height, 1],
    channels,
    sampleType,
    samples: data,
    rescaleSlope: frame.rescaleSlope,
    rescaleIntercept: frame.rescaleIntercept,
    window,
    spacing: spacing === null ? null : [spacing.x, spacing.y, 1],
    toPatient: null,
  });
}
