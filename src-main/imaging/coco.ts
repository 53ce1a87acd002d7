/**
 * @file COCO JSON to label maps: polygons, run lengths, compressed run lengths (cocodataset.org, "Data format").
 * Untrusted: sizes are checked before anything is allocated.
 */
import { z } from "zod";
import { createLabelMap, encodeLabelMap, paintColumnRuns, paintPolygon, unpackColumnRuns } from "../voxels/index.ts";
import type { CocoLabels, FileClass } from "./labels.ts";
import { checkSize, corruptFile, unsupportedFile } from "./trouble.ts";

const id = z.number().int();
const colorText = z.string().regex(/^#[0-9a-f]{6}$/i);
const runs = z.object({
  size: z.tuple([id, id]),
  counts: z.union([z.string(), z.array(z.number().int().nonnegative())]),
});
const coco = z.object({
  images: z.array(z.object({ id, file_name: z.string().max(1000), width: id, height: id })),
  categories: z.array(z.object({ id, name: z.string().max(100), color: z.unknown().optional() })),
  annotations: z.array(
    z.object({
      image_id: id,
      category_id: id,
      segmentation: z.union([runs, z.array(z.array(z.number()))]).optional(),
    }),
  ),
});
/** Throws `Problem` for what is no COCO, and where it contradicts itself. */
export function readCoco(json: unknown, fileName: string): CocoLabels {
  const parsed = coco.safeParse(json);
  if (!parsed.success) {
    const place = parsed.error.issues[0]!.path.join(".");
    throw unsupportedFile(
      fileName,
      place === ""
        ? "It is JSON, but not of COCO."
        : `It is JSON, but not of COCO: "${place}" is missing or of another kind.`,
      "Export it with images, categories and annotations.",
    );
  }
  return paint(parsed.data, fileName);
}

function paint({ images, categories, annotations }: z.infer<typeof coco>, fileName: string): CocoLabels {
  if (categories.length > 255) {
    throw unsupportedFile(fileName, `It has ${categories.length} categories; at most 255 are read.`, "Split it.");
  }
  // Category ids may be any numbers: values count from 1 in their order.
  const valueOf = new Map(categories.map((category, index) => [category.id, index + 1]));
  const classes = categories.map(({ name, color }, index): FileClass => ({
    value: index + 1,
    name,
    color: colorText.safeParse(color).data ?? null,
  }));
  const byImage = Map.groupBy(annotations, ({ image_id }) => image_id);
  const known = new Set(images.map((image) => image.id));
  const stray = annotations.find(({ image_id }) => !known.has(image_id));
  if (stray !== undefined)
    throw corruptFile(fileName, `An annotation is for image ${stray.image_id}, which is not listed.`);
  let overlaps = 0;
  const painted = images.map((image) => {
    const { width, height } = image;
    checkSize(fileName, width, height, 1);
    const map = createLabelMap(width, height);
    for (const { category_id, segmentation } of byImage.get(image.id) ?? []) {
      const value = valueOf.get(category_id);
      if (value === undefined)
        throw corruptFile(fileName, `An annotation has category ${category_id}, which is not listed.`);
      if (segmentation === undefined) {
        throw unsupportedFile(fileName, "It has annotations without a segmentation (boxes only).", "Export masks.");
      }
      const put = (at: number): void => {
        if (map.data[at] !== 0 && map.data[at] !== value) overlaps++;
        map.data[at] = value;
      };
      if (Array.isArray(segmentation)) {
        for (const polygon of segmentation) {
          if (polygon.length < 6 || polygon.length % 2 !== 0) {
            throw corruptFile(fileName, `A polygon of image ${image.id} has ${polygon.length} numbers.`);
          }
          paintPolygon(polygon, map, put);
        }
        continue;
      }
      const { size, counts } = segmentation;
      if (size[0] !== height || size[1] !== width) {
        throw corruptFile(
          fileName,
          `Run lengths of image ${image.id} are for ${size[1]} x ${size[0]}, not ${width} x ${height} pixels.`,
        );
      }
      try {
        paintColumnRuns(typeof counts === "string" ? unpackColumnRuns(counts) : counts, map, put);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw corruptFile(fileName, `Run lengths of image ${image.id}: ${error.message}.`, error);
      }
    }
    return { fileName: image.file_name, width, height, rle: encodeLabelMap(map) };
  });
  return { kind: "coco", classes, images: painted, overlaps };
}
