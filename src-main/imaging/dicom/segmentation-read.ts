/**
 * @file Reads DICOM Segmentation instances: binary, fractional (from half of the maximum on) and label maps. Where segments
 * overlap, that of the highest number has the pixel. PS3.3 C.8.20.
 */
import type { DataSet } from "dicom-parser";
import { createLabelMap, encodeLabelMap, type LabelMap, MAX_SAMPLES } from "../../voxels/index.ts";
import type { FileClass, SegmentationLabels } from "../labels.ts";
import { corruptFile, unsupportedFile } from "../trouble.ts";
import { decimals, firstItem, text, unsigned } from "./attributes.ts";
import { colorOfCielab } from "./cielab.ts";
import { frameTransforms } from "./geometry.ts";
import { readImagePixel } from "./image-pixel.ts";
import { parseDicom } from "./parse.ts";
import { openStoredFrames } from "./stored-frames.ts";

/** Segmentation Storage and Label Map Segmentation Storage. PS3.4 B.5. */
const segmentationClasses = new Set(["1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"]);
/** Label maps of a file are held at once. */
const MAX_PIXELS = 2 * MAX_SAMPLES;

type Slice = SegmentationLabels["slices"][number];

/** Throws `Problem` for damaged files and for DICOM that is no segmentation. */
export async function readSegmentation(file: Uint8Array, fileName: string): Promise<SegmentationLabels> {
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const { dataSet, syntax } = parseDicom(bytes, fileName);
  if (!segmentationClasses.has(text(dataSet, "x00080016") ?? "")) {
    throw unsupportedFile(fileName, "It is DICOM, but no segmentation.", "Choose the segmentation (modality SEG).");
  }
  const pixels = readImagePixel(dataSet, fileName);
  const { width, height, frameCount } = pixels;
  const stored = await openStoredFrames(dataSet, syntax, pixels, fileName);
  const kind = text(dataSet, "x00620001") ?? "BINARY";
  const half = ((kind === "FRACTIONAL" ? unsigned(dataSet, "x0062000e") : null) ?? 1) / 2;
  const classes = readSegments(dataSet, fileName);
  const known = new Set(classes.map(({ value }) => value));
  const maps = new Map<string, { slice: Omit<Slice, "rle">; map: LabelMap }>();
  let overlaps = 0;
  for (let index = 0; index < frameCount; index++) {
    const place = placeOf(dataSet, index, fileName);
    const key = JSON.stringify(place);
    let target = maps.get(key);
    if (target === undefined) {
      if ((maps.size + 1) * width * height > MAX_PIXELS) {
        throw unsupportedFile(fileName, "It holds more slices than fit into memory.", "Split it by series.");
      }
      target = { slice: place, map: createLabelMap(width, height) };
      maps.set(key, target);
    }
    const { samples } = stored(index);
    const { data } = target.map;
    const segment = kind === "LABELMAP" ? null : segmentOf(dataSet, index, fileName);
    if (segment !== null && !known.has(segment)) {
      throw corruptFile(fileName, `Frame ${index + 1} belongs to segment ${segment}, which is not described.`);
    }
    for (let pixel = 0; pixel < data.length; pixel++) {
      const value = segment ?? samples[pixel]!;
      if (segment === null ? value === 0 : samples[pixel]! < half || samples[pixel] === 0) continue;
      if (!known.has(value)) throw corruptFile(fileName, `Frame ${index + 1} holds ${value}, which is no segment.`);
      if (data[pixel] !== 0 && data[pixel] !== value) {
        overlaps++;
        if (data[pixel]! > value) continue; // the same whatever the order of the frames
      }
      data[pixel] = value;
    }
  }
  return {
    kind: "dicom-seg",
    classes,
    width,
    height,
    slices: [...maps.values()].map(({ slice, map }) => ({ ...slice, rle: encodeLabelMap(map) })),
    overlaps,
  };
}

/** Segment Sequence, C.8.20.4. A label map may describe its background as segment 0. */
function readSegments(dataSet: DataSet, fileName: string): FileClass[] {
  const items = dataSet.elements["x00620002"]?.items ?? [];
  const classes = items.flatMap(({ dataSet: item }): FileClass[] => {
    if (item === undefined) return [];
    const value = unsigned(item, "x00620004");
    if (value === null) throw corruptFile(fileName, "(0062,0004) 'Segment Number' is missing.");
    if (value === 0) return [];
    if (value > 255) {
      throw unsupportedFile(fileName, `It has segment number ${value}; at most 255 are read.`, "Split it.");
    }
    const lab = item.elements["x0062000d"];
    const color =
      lab === undefined || lab.length !== 6
        ? null
        : colorOfCielab([0, 1, 2].map((at) => item.uint16("x0062000d", at)!) as [number, number, number]);
    return [{ value, name: text(item, "x00620005")?.slice(0, 100) ?? null, color }];
  });
  if (classes.length === 0) throw corruptFile(fileName, "(0062,0002) 'Segment Sequence' describes no segment.");
  return classes;
}

/** Functional group `macro` of frame `index`: its own, or the shared one. */
function group(dataSet: DataSet, index: number, macro: `x${string}`): DataSet | null {
  const own = dataSet.elements["x52009230"]?.items?.[index]?.dataSet ?? null;
  return firstItem(own, macro) ?? firstItem(firstItem(dataSet, "x52009229"), macro);
}

function segmentOf(dataSet: DataSet, index: number, fileName: string): number {
  const identification = group(dataSet, index, "x0062000a");
  const segment = identification === null ? null : unsigned(identification, "x0062000b");
  if (segment === null) {
    throw corruptFile(fileName, `Frame ${index + 1} does not say which segment it is: (0062,000B) is missing.`);
  }
  return segment;
}

/** The image a frame was drawn on and its place. Of several source images the first: they share the place. */
function placeOf(dataSet: DataSet, index: number, fileName: string): Omit<Slice, "rle"> {
  const source = firstItem(group(dataSet, index, "x00089124"), "x00082112");
  const uid = source === null ? null : text(source, "x00081155");
  const frameNumber = source === null ? null : (decimals(source, "x00081160")?.[0] ?? null);
  const { geometry, spacing } = frameTransforms(dataSet, index, {
    hasModalityLut: false,
    isVoiSigned: false,
    fileName,
  });
  return {
    source: uid === null ? null : { sopInstanceUid: uid, frameNumber },
    geometry: geometry ?? null,
    spacing,
  };
}
