/**
 * @file A folder with `images/` and `masks/` of the same stems as a study. Who is one patient is read from the names: "P1_HFI01_0128" is
 * slice 128 of patient P1_HFI01; names that are mere numbers are frames of films, whose neighbors look alike, and go together by blocks
 * of consecutive numbers; any other image stands for itself.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import type { Study, StudyFrame } from "../../src-main/experiments/index.ts";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import { createLabelMap, type Frame, type LabelMap } from "../../src-main/voxels/index.ts";

/** Consecutive frames of a film that go together. */
const BLOCK = 20;

export interface FolderStudy extends Study {
  name: string;
  /** How patients were told, for the record. */
  grouping: "patient in the name" | "blocks of frames" | "each image by itself";
  cases: number;
}

/** Masks are 0 and 255 (foreground from 128): one class. Throws where an image has no mask. */
export async function openFolderStudy(folder: string): Promise<FolderStudy> {
  const stems = new Map(filesOf(join(folder, "images")).map((file) => [basename(file, extname(file)), file]));
  const masks = new Map(filesOf(join(folder, "masks")).map((file) => [basename(file, extname(file)), file]));
  const names = [...stems.keys()].sort();
  const missing = names.filter((name) => !masks.has(name));
  if (names.length === 0 || missing.length > 0) {
    throw new Error(
      `${basename(folder)}: expected images/ and masks/ of the same stems; ${missing.length} of ${names.length} images have no mask.`,
    );
  }
  const grouping = groupingOf(names);
  const cases = new Map<string, number>();
  const frames = names.map((name, index): StudyFrame => {
    const patient = patientOf(name, grouping);
    if (!cases.has(patient)) cases.set(patient, cases.size + 1);
    return { frameId: index + 1, caseId: cases.get(patient)!, isAnnotated: true };
  });
  const decoded = (path: string): Promise<Frame> =>
    decodeFrame(readFileSync(path), { fileName: basename(path), frame: 0 });
  const { channels } = await decoded(stems.get(names[0]!)!);
  return {
    name: basename(folder),
    grouping,
    cases: cases.size,
    frames,
    classes: [{ value: 1, name: "foreground" }],
    channels,
    frame: (frameId) => decoded(stems.get(names[frameId - 1]!)!),
    labelMap: async (frameId) => binaryMap(await decoded(masks.get(names[frameId - 1]!)!)),
  };
}

function filesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(png|jpe?g)$/i.test(name))
    .map((name) => join(folder, name));
}

export function groupingOf(names: readonly string[]): FolderStudy["grouping"] {
  if (names.every((name) => /^\d+$/.test(name))) return "blocks of frames";
  return names.every((name) => /^.+_\d+$/.test(name)) ? "patient in the name" : "each image by itself";
}

export function patientOf(name: string, grouping: FolderStudy["grouping"]): string {
  switch (grouping) {
    case "patient in the name":
      return name.replace(/_\d+$/, "");
    case "blocks of frames":
      return `block ${Math.floor((Number(name) - 1) / BLOCK)}`;
    case "each image by itself":
      return name;
  }
}

function binaryMap({ width, height, channels, data }: Frame): LabelMap {
  const map = createLabelMap(width, height);
  for (let index = 0; index < map.data.length; index++) map.data[index] = data[index * channels]! >= 128 ? 1 : 0;
  return map;
}
