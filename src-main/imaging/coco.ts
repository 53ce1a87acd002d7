/**
 * @file COCO JSON to label maps: polygons, run lengths, compressed run lengths (cocodataset.org, "Data format").
 * Untrusted: sizes are checked before anything is allocated.
 */
import { z } from "zod";
import { encodeEmptyMap, encodeLabelMap, paintColumnRuns, paintPolygon, unpackColumnRuns } from "../voxels/index.ts";
import type { CocoLabels, FileClass } from "./labels.ts";
import { checkSize, corruptFile, unsupportedFile } from "./trouble.ts";

/**
 * What painting may cost, in pixels of maps and of shapes: the largest image, all of it painted, and what can be meant by a file of that many
 * bytes (an image of 12 million pixels with one outline takes 300 bytes and more).
 */
const workOf = (bytes: number): number => 2 ** 29 + 2 ** 16 * bytes;
/** Lines of pixels that the edges of one polygon cross; an outline of a 16 384² image that winds from pixel to pixel has as many. */
const MAX_CROSSINGS = 2 ** 22;

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
/** `bytes`: length of the file. Throws `Problem` for what is no COCO, where it contradicts itself, and for far more pixels than such a file can mean. */
export function readCoco(json: unknown, bytes: number, fileName: string): CocoLabels {
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
  return paint(parsed.data, workOf(bytes), fileName);
}

function paint({ images, categories, annotations }: z.infer<typeof coco>, most: number, fileName: string): CocoLabels {
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
  let pixels = new Uint8Array(0);
  let work = 0;
  const spend = (more: number): void => {
    work += more;
    if (work > most) {
      throw unsupportedFile(
        fileName,
        `Its shapes cover more than ${Math.round(most / 1e6)} million pixels, which is too much for a file of its size.`,
        "Split it into several files, or check the sizes of its images.",
      );
    }
  };
  const painted = images.map((image) => {
    const { width, height } = image;
    checkSize(fileName, width, height, 1);
    const described = { fileName: image.file_name, width, height };
    const own = byImage.get(image.id);
    if (own === undefined) return { ...described, rle: encodeEmptyMap(width, height) };
    spend(width * height);
    // One array for all images: the collector may come too late for those before.
    if (pixels.length < width * height) pixels = new Uint8Array(width * height);
    const map = { width, height, data: pixels.subarray(0, width * height).fill(0) };
    for (const { category_id, segmentation } of own) {
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
          const crossings = crossedRows(polygon, height);
          if (crossings > MAX_CROSSINGS) {
            throw corruptFile(fileName, `A polygon of image ${image.id} crosses ${crossings} lines of pixels.`);
          }
          spend(pixelsOfBox(polygon, map) + crossings);
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
        const runs = typeof counts === "string" ? unpackColumnRuns(counts) : counts;
        spend(runs.reduce((sum, count, index) => sum + (index % 2 === 1 && count > 0 ? count : 0), 0));
        paintColumnRuns(runs, map, put);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw corruptFile(fileName, `Run lengths of image ${image.id}: ${error.message}.`, error);
      }
    }
    return { ...described, rle: encodeLabelMap(map) };
  });
  return { kind: "coco", classes, images: painted, overlaps };
}

/** Of all edges together: what `paintPolygon` keeps. */
function crossedRows(polygon: readonly number[], height: number): number {
  const within = (y: number): number => Math.min(height, Math.max(0, y));
  let rows = 0;
  for (let index = 1; index < polygon.length; index += 2) {
    rows += Math.ceil(Math.abs(within(polygon[index]!) - within(polygon[(index + 2) % polygon.length]!)));
  }
  return rows;
}

/** Pixels of the box around the polygon, as far as it is in the image. */
function pixelsOfBox(polygon: readonly number[], { width, height }: { width: number; height: number }): number {
  const low = [width, height];
  const high = [0, 0];
  polygon.forEach((value, index) => {
    const axis = index % 2;
    const inside = Math.min(axis === 0 ? width : height, Math.max(0, value));
    low[axis] = Math.min(low[axis]!, inside);
    high[axis] = Math.max(high[axis]!, inside);
  });
  return Math.ceil(Math.max(0, high[0]! - low[0]!) * Math.max(0, high[1]! - low[1]!));
}
