/**
 * @file Tables: what each image is and what was said of it, and what each mask measures. Figures of models: export-models.ts.
 */
import type { LabelDefinition } from "../api/contract.ts";
import { shapesOf, type LabelMap } from "../voxels/index.ts";
import { breathe } from "./breathe.ts";
import { csv } from "./csv.ts";
import type { ExportFile } from "./export-files.ts";
import { labelColumnTitle, originColumnTitles } from "./label-column.ts";
import { labelOrigins } from "./label-origins.ts";
import { proposalTable } from "./export-proposals.ts";
import type { AnnotatedFrame, ExportSet } from "./export-set.ts";

/**
 * `masks.csv`, one row per annotated frame and class, where there is one; `labels.csv`, one row per image with a column per label name; `proposals.csv`, what models
 * said of whole images, with all that their samples tell, where they did.
 */
export function csvFiles(set: ExportSet, signal?: AbortSignal): ExportFile[] {
  const proposals = proposalTable(set);
  return [
    ...(set.annotated.length === 0
      ? []
      : [{ name: "masks.csv", content: async () => new TextEncoder().encode(await maskTable(set, signal)) }]),
    ...(set.project.labelDefinitions.list().length === 0
      ? []
      : [{ name: "labels.csv", content: () => Promise.resolve(new TextEncoder().encode(labelTable(set))) }]),
    ...(proposals === null
      ? []
      : [{ name: "proposals.csv", content: () => Promise.resolve(new TextEncoder().encode(proposals)) }]),
  ];
}

async function maskTable(set: ExportSet, signal?: AbortSignal): Promise<string> {
  const rows: (string | number | null)[][] = [];
  const named = new Map(set.frames.map(({ row, name }) => [row.frameId, name]));
  for (const frame of set.annotated) {
    await breathe(signal);
    const { row, metadata, provenance, name } = frame;
    const map = set.labelMap(frame);
    const { spacing } = metadata;
    for (const { value, name: className } of set.classes) {
      const { pixels, box, shapes } = measure(map, value);
      rows.push([
        name,
        row.caseName,
        row.split,
        row.frameIndex + 1,
        value,
        className,
        pixels,
        spacing === null ? null : pixels * spacing.x * spacing.y,
        shapes,
        ...(box ?? [null, null, null, null]),
        provenance.origin,
        provenance.modelId,
        metadata.synthetic === undefined ? 0 : 1,
        translatedFrom(metadata, named),
        provenance.carriedFrom === undefined ? null : nameOf(provenance.carriedFrom.frameId, named),
      ]);
    }
  }
  return csv([
    [
      "image",
      "case",
      "split",
      "frame",
      "class_value",
      "class_name",
      "pixels",
      "area_mm2",
      "shapes",
      "x",
      "y",
      "width",
      "height",
      "origin",
      "model",
      "synthetic",
      "translated_from",
      "outline_from",
    ],
    ...rows,
  ]);
}

function measure(
  map: LabelMap,
  value: number,
): { pixels: number; shapes: number; box: [number, number, number, number] | null } {
  const shapes = shapesOf(map, [value]);
  if (shapes.length === 0) return { pixels: 0, shapes: 0, box: null };
  let pixels = 0;
  for (const each of map.data) if (each === value) pixels++;
  const left = Math.min(...shapes.map(({ box }) => box.x));
  const top = Math.min(...shapes.map(({ box }) => box.y));
  const right = Math.max(...shapes.map(({ box }) => box.x + box.width));
  const bottom = Math.max(...shapes.map(({ box }) => box.y + box.height));
  return { pixels, shapes: shapes.length, box: [left, top, right - left, bottom - top] };
}

/** Reads back as it is: titles hold the definitions of the labels. Beside each label stands where it came from. */
function labelTable({ project, frames }: ExportSet): string {
  const definitions = project.labelDefinitions.list().sort((a, b) => (a.name < b.name ? -1 : 1));
  const images = new Map(frames.map(({ row }) => [row.imageId, row.caseName]));
  const values = new Map(project.labels.list().map(({ imageId, name, value }) => [`${imageId} ${name}`, value]));
  const originOf = labelOrigins(project);
  const said = (imageId: number, definition: LabelDefinition): (string | number | null)[] => {
    const value = values.get(`${imageId} ${definition.name}`) ?? null;
    if (value === null) return [null, null, null];
    const { name, modelId } = originOf(definition, imageId);
    return [value, name, modelId === null ? null : `${project.models.get(modelId).name} (${modelId})`];
  };
  return csv([
    ["image", "case", ...definitions.flatMap((each) => [labelColumnTitle(each), ...originColumnTitles(each)])],
    ...[...images].map(([imageId, caseName]) => [
      project.images.image(imageId).fileName,
      caseName,
      ...definitions.flatMap((each) => said(imageId, each)),
    ]),
  ]);
}

/** Name of the image that a model made this one of; null for another. */
function translatedFrom({ synthetic }: AnnotatedFrame["metadata"], named: ReadonlyMap<number, string>): string | null {
  if (synthetic === undefined || !("modelId" in synthetic) || synthetic.translatedFrom === undefined) return null;
  return nameOf(synthetic.translatedFrom, named);
}

/** Of an image that need not be in the export. */
const nameOf = (frameId: number, named: ReadonlyMap<number, string>): string =>
  named.get(frameId) ?? `frame ${frameId}`;
