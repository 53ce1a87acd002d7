/**
 * @file DICOM images for frames that come from other files: what a segmentation refers to must be there to be opened.
 */
import {
  type CaptureReference,
  isCapturable,
  replacedUid,
  SECONDARY_CAPTURE_STORAGE,
  writeSecondaryCapture,
} from "../imaging/index.ts";
import type { ExportFile } from "./export-files.ts";
import { safeName } from "./export-names.ts";
import type { AnnotatedFrame, ExportSet } from "./export-set.ts";

/** Patient ID holds 64 characters. PS3.5 6.2, VR LO. */
const LONGEST_ID = 64;

/** `instance` of a DICOM frame; of another, that of its capture. null where neither is there: samples of 32 bits. */
export function referenceOf(set: ExportSet, { row, metadata }: AnnotatedFrame): CaptureReference | null {
  const { instance } = metadata;
  if (isDicom(metadata)) return instance as CaptureReference;
  if (!isCapturable(metadata)) return null;
  // Of the project's secret: the same in each export, and telling nothing of the picture.
  const uid = (what: string): string => replacedUid(set.project.secret, `capture ${what}`);
  const isPlaced = metadata.geometry !== undefined && metadata.spacing !== null;
  const id = safeName(row.caseName).slice(0, LONGEST_ID);
  return {
    studyUid: uid(`case ${row.caseId}`),
    seriesUid: uid(`image ${row.imageId}`),
    sopClassUid: SECONDARY_CAPTURE_STORAGE,
    sopInstanceUid: uid(`frame ${row.frameId}`),
    frameOfReferenceUid: isPlaced ? uid(`place ${row.imageId}`) : null,
    // A person may have chosen the name of the case: nobody can vouch for it.
    patient: { id, name: id, isPseudonym: false },
  };
}

/** The capture itself, in the folder `images`; null for a frame of a DICOM file. */
export function captureFile(set: ExportSet, frame: AnnotatedFrame, version: string): ExportFile | null {
  const instance = referenceOf(set, frame);
  if (isDicom(frame.metadata) || instance === null) return null;
  return { name: `images/${frame.name}.dcm`, content: () => captureOf(set, frame, instance, version) };
}

async function captureOf(
  set: ExportSet,
  frame: AnnotatedFrame,
  instance: CaptureReference,
  softwareVersion: string,
): Promise<Uint8Array> {
  const { row, metadata } = frame;
  const pixels = await set.pixels(frame);
  return writeSecondaryCapture({
    // What a model made is stored as PNG, which tells no size of pixels: the project knows it.
    frame: { ...pixels, spacing: metadata.spacing, window: pixels.window ?? metadata.suggestedWindow ?? null },
    geometry: metadata.geometry ?? null,
    instance,
    instanceNumber: row.frameIndex + 1,
    jpegRatio: jpegRatioOf(set, frame, pixels.data.byteLength),
    syntheticBy: syntheticBy(frame),
    softwareVersion,
  });
}

/** The model that made the pixels, in words; null where a device did. */
export function syntheticBy({ metadata: { synthetic } }: AnnotatedFrame): string | null {
  if (synthetic === undefined) return null;
  if (!("modelId" in synthetic)) return "another system";
  const by = `${synthetic.method} (model ${synthetic.modelId})`;
  return synthetic.translatedFrom === undefined ? by : `${by} from an image of another modality`;
}

function isDicom({ instance }: AnnotatedFrame["metadata"]): boolean {
  return typeof instance?.sopInstanceUid === "string" && typeof instance.sopClassUid === "string";
}

function jpegRatioOf(set: ExportSet, { row }: AnnotatedFrame, byteLength: number): number | null {
  const { images } = set.project;
  if (images.image(row.imageId).format !== "jpeg") return null;
  return byteLength / images.sourceOfFrame(row.frameId).bytes.length;
}
