/**
 * @file COCO (cocodataset.org, "Data format"): pictures, and per split one JSON with a compressed run-length mask for each connected
 * shape of each class. Runs are exact where polygons are not.
 */
import { columnRuns, packColumnRuns, shapesOf } from "../voxels/index.ts";
import { breathe } from "./breathe.ts";
import type { ExportFile } from "./export-files.ts";
import { type AnnotatedFrame, type ExportSet, jsonBytes } from "./export-set.ts";

/** `images/<name>.png` and `annotations/instances_<split>.json`; frames without a split are in `instances_all.json`. */
export function cocoFiles(set: ExportSet, signal?: AbortSignal): ExportFile[] {
  const bySplit = Map.groupBy(set.annotated, ({ row }) => row.split ?? "all");
  return [
    ...[...bySplit].map(([split, frames]) => ({
      name: `annotations/instances_${split}.json`,
      content: async () => jsonBytes(await cocoJson(set, frames, signal)),
    })),
    ...set.annotated.map((frame) => ({ name: `images/${frame.name}.png`, content: () => set.picture(frame) })),
  ];
}

async function cocoJson(set: ExportSet, frames: readonly AnnotatedFrame[], signal?: AbortSignal): Promise<unknown> {
  const annotations: unknown[] = [];
  for (const frame of frames) {
    await breathe(signal);
    const map = set.labelMap(frame);
    const shapes = shapesOf(
      map,
      set.classes.map(({ value }) => value),
    );
    for (const { value, box, isInside } of shapes) {
      const { counts, area } = columnRuns(map, box, isInside);
      annotations.push({
        id: annotations.length + 1,
        image_id: frame.row.frameId,
        category_id: value,
        segmentation: { size: [map.height, map.width], counts: packColumnRuns(counts) },
        area,
        bbox: [box.x, box.y, box.width, box.height],
        iscrowd: 0,
      });
    }
  }
  return {
    info: { description: "Exported by Aliquot", version: "1.0" },
    licenses: [],
    categories: set.classes.map(({ value, name, color }) => ({ id: value, name, supercategory: "", color })),
    images: frames.map(({ row, name, provenance, metadata }) => ({
      id: row.frameId,
      file_name: `${name}.png`,
      width: row.width,
      height: row.height,
      // Beyond COCO: who belongs together, and where masks and pictures come from.
      case: row.caseName,
      mask_origin: provenance.origin,
      ...(provenance.carriedFrom !== undefined && { mask_carried_from: provenance.carriedFrom.frameId }),
      synthetic: metadata.synthetic !== undefined,
    })),
    annotations,
  };
}
