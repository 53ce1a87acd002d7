/**
 * @file Pictures turned upright as their Exif or TIFF orientation says (TIFF 6.0, tag 274; Exif 2.3 section 4.6).
 */
import { createSamples, type Frame } from "../voxels/index.ts";

/** The frame as it is meant to be seen; 1 = as stored, 2 to 4 mirrored or upside down, 5 to 8 also transposed. */
export function turnUpright(frame: Frame, orientation: number): Frame {
  if (orientation === 1) return frame;
  const { channels, data, sampleType } = frame;
  const isTransposed = orientation >= 5;
  const isMirrored = [2, 3, 7, 8].includes(orientation); // stored columns run right to left
  const isFlipped = [3, 4, 6, 7].includes(orientation); // stored rows run bottom to top
  const width = isTransposed ? frame.height : frame.width;
  const height = isTransposed ? frame.width : frame.height;
  const turned = createSamples(sampleType, data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [along, down] = isTransposed ? [y, x] : [x, y];
      const column = isMirrored ? frame.width - 1 - along : along;
      const row = isFlipped ? frame.height - 1 - down : down;
      const source = (row * frame.width + column) * channels;
      for (let channel = 0; channel < channels; channel++) {
        turned[(y * width + x) * channels + channel] = data[source + channel]!;
      }
    }
  }
  return { ...frame, width, height, data: turned };
}
