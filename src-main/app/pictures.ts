/** @file Frames as PNG pictures for a report: plain, and with a label map laid over. */
import type { LabelClass } from "../api/contract.ts";
import { encodePng } from "../imaging/index.ts";
import { decodeLabelMap, deserializeFrame, type LabelMap, renderFrameRgba } from "../voxels/index.ts";

/** Opacity of a class within its outline; the outline is opaque. */
const FILL = 0.3;

export interface FrameBytes {
  /** Layout of voxels/frame.ts. */
  pixels: Uint8Array;
  /** Run-length bytes of voxels/rle.ts. */
  truth: Uint8Array;
  prediction: Uint8Array;
  classes: LabelClass[];
}

/** Three data URLs of PNG pictures. */
export interface FramePictures {
  image: string;
  truth: string;
  prediction: string;
}

export async function pictureFrame({ pixels, truth, prediction, classes }: FrameBytes): Promise<FramePictures> {
  const frame = deserializeFrame(pixels);
  const rgba = renderFrameRgba(frame);
  const png = async (map: LabelMap | null) => {
    const { width, height } = frame;
    const shown = map === null ? rgba : overlay(rgba, map, classes);
    const rgb = Uint8Array.from({ length: 3 * width * height }, (_, at) => shown[at + Math.floor(at / 3)]!);
    const bytes = await encodePng(rgb, width, height, 3);
    return `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`;
  };
  const [image, withTruth, withPrediction] = await Promise.all([
    png(null),
    png(decodeLabelMap(truth, frame)),
    png(decodeLabelMap(prediction, frame)),
  ]);
  return { image, truth: withTruth, prediction: withPrediction };
}

function overlay(rgba: Uint8ClampedArray, map: LabelMap, classes: LabelClass[]): Uint8ClampedArray {
  const colors = new Map(
    classes.map(({ value, color }) => [value, [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))]),
  );
  const shown = Uint8ClampedArray.from(rgba);
  const { width, height, data } = map;
  for (let index = 0; index < data.length; index++) {
    const value = data[index]!;
    const color = colors.get(value);
    if (color === undefined) continue;
    const x = index % width;
    const y = Math.floor(index / width);
    const isInside =
      x > 0 &&
      y > 0 &&
      x < width - 1 &&
      y < height - 1 &&
      [index - 1, index + 1, index - width, index + width].every((neighbor) => data[neighbor] === value);
    const opacity = isInside ? FILL : 1;
    for (let channel = 0; channel < 3; channel++) {
      const at = 4 * index + channel;
      shown[at] = (1 - opacity) * shown[at]! + opacity * color[channel]!;
    }
  }
  return shown;
}
