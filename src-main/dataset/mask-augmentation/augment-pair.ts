/** @file Image and mask moved together, by one and the same geometry: ordinary augmentation, drawn and judged as that of masks alone. */
import type { LabelMap } from "../../voxels/index.ts";
import { drawMask, type MaskDraw, type MaskDrawOptions, type MaskRecord } from "./augment-mask.ts";
import type { MaskParent } from "./mask-parent.ts";
import type { Rejections } from "./plausibility.ts";
import { type Planes, warpImage } from "./warp.ts";

export type PairDraw =
  | { outcome: "made"; image: Planes; labelMap: LabelMap; record: MaskRecord; rejections: Rejections }
  | Extract<MaskDraw, { outcome: "refused" }>;

/**
 * A moved copy of an annotated image: the image bilinear, `outside` where nothing of it comes in; the mask as `augmentMask` gives it for the same
 * seed and index, without blending. An image whose mask is empty moves as well. Throws `RangeError` where the sizes differ.
 */
export function augmentPair(
  image: Planes,
  parent: MaskParent,
  { outside = 0, ...options }: MaskDrawOptions & { outside?: number },
): PairDraw {
  const { width, height } = parent.labelMap;
  if (image.width !== width || image.height !== height) {
    throw new RangeError(`mask geometry: image of ${image.width} x ${image.height}, mask of ${width} x ${height}.`);
  }
  const draw = drawMask(parent, options);
  return draw.outcome === "refused" ? draw : { ...draw, image: warpImage(image, draw.record.geometry, outside) };
}
