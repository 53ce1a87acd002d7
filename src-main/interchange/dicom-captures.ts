/**
 * @file DICOM images for frames that come from other files: what a segmentation refers to must be there to be opened.
 */
import {
  type CaptureReference,
  isCapturable,
  replacedUid,
  SECONDARY_CAPTURE_STORAGE,
  type SourceImage,
  writeSecondaryCapture,
} from "../imaging/index.ts";
import type { ExportFile } from "./export-files.ts";
import { safeName } from "./export-names.ts";
import type { FrameMetadata } from "../project/index.ts";
import type { ExportSet, SetFrame } from "./export-set.ts";

/** Patient ID holds 64 characters. PS3.5 6.2, VR LO. */
const LONGEST_ID = 64;

/**
 * `instance` of a DICOM frame; of another, that of its capture. null where neither is there: samples of 32 bits. What was translated from a DICOM image is of the same
 * patient, study and place.
 */
export function referenceOf(set: ExportSet, { row, metadata }: SetFrame): CaptureReference | null {
  const { instance } = metadata;
  if (isDicom(metadata)) return instance as CaptureReference;
  if (!isCapturable(metadata)) return null;
  // Of the project's secret: the same in each export, and telling nothing of the picture.
  const uid = (what: string): string => replacedUid(set.project.secret, `capture ${what}`);
  const isPlaced = metadata.geometry !== undefined && metadata.spacing !== null;
  const id = safeName(row.caseName).slice(0, LONGEST_ID);
  const source = sourceInstance(set, metadata);
  const place = source === null ? uid(`place ${row.imageId}`) : source.frameOfReferenceUid;
  return {
    studyUid: source?.studyUid ?? uid(`case ${row.caseId}`),
    seriesUid: uid(`image ${row.imageId}`),
    sopClassUid: SECONDARY_CAPTURE_STORAGE,
    sopInstanceUid: uid(`frame ${row.frameId}`),
    frameOfReferenceUid: isPlaced ? place : null,
    // A person may have chosen the name of the case: nobody can vouch for it.
    patient: source === null ? { id, name: id, isPseudonym: false } : (source.patient ?? null),
  };
}

/** The capture itself, in the folder `images`; null for a frame of a DICOM file. */
export function captureFile(set: ExportSet, frame: SetFrame, version: string): ExportFile | null {
  const instance = referenceOf(set, frame);
  if (isDicom(frame.metadata) || instance === null) return null;
  return { name: `images/${frame.name}.dcm`, content: () => captureOf(set, frame, instance, version) };
}

export async function captureOf(
  set: ExportSet,
  frame: SetFrame,
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
    ...derivationOf(set, metadata),
    softwareVersion,
  });
}

/** Of an image that was translated: of which, and to what. */
function derivationOf(
  { project }: ExportSet,
  { synthetic }: FrameMetadata,
): { sourceImage: SourceImage | null; seriesDescription?: string } | null {
  const translated = asTranslated(synthetic);
  if (translated === null) return null;
  const { modelId, runId, method, translatedFrom } = translated;
  const modalities = runId === undefined ? undefined : project.runs.recipe(runId).snapshot.modalities;
  const { row, metadata } = project.images.frame(translatedFrom);
  const { sopClassUid, sopInstanceUid } = metadata.instance ?? {};
  const frameNumber = row.frameCount > 1 ? row.frameIndex + 1 : null;
  return {
    sourceImage: sopClassUid && sopInstanceUid ? { sopClassUid, sopInstanceUid, frameNumber } : null,
    ...(modalities !== undefined && {
      // A backslash would tell two values apart.
      seriesDescription: `${modalities.target} from ${modalities.source}, ${method} (model ${modelId})`.replaceAll(
        "\\",
        "/",
      ),
    }),
  };
}

/** Of the DICOM image that it was translated from, as the project keeps it. */
function sourceInstance({ project }: ExportSet, { synthetic }: FrameMetadata): CaptureReference | null {
  const translated = asTranslated(synthetic);
  if (translated === null) return null;
  const metadata = project.images.metadata(translated.translatedFrom);
  return isDicom(metadata) ? (metadata.instance as CaptureReference) : null;
}

/** The model that made the pixels, in words; null where a device did. */
export function syntheticBy({ metadata: { synthetic } }: Pick<SetFrame, "metadata">): string | null {
  if (synthetic === undefined) return null;
  if (!("modelId" in synthetic)) return "another system";
  const by = `${synthetic.method} (model ${synthetic.modelId})`;
  return synthetic.translatedFrom === undefined ? by : `${by} from an image of another modality`;
}

/** null: no model made it of an image of another modality. */
export function asTranslated(synthetic: FrameMetadata["synthetic"]) {
  if (synthetic === undefined || !("modelId" in synthetic) || synthetic.translatedFrom === undefined) return null;
  return { ...synthetic, translatedFrom: synthetic.translatedFrom };
}

function isDicom({ instance }: FrameMetadata): boolean {
  return typeof instance?.sopInstanceUid === "string" && typeof instance.sopClassUid === "string";
}

function jpegRatioOf(set: ExportSet, { row }: SetFrame, byteLength: number): number | null {
  const { images } = set.project;
  if (images.image(row.imageId).format !== "jpeg") return null;
  return byteLength / images.sourceOfFrame(row.frameId).bytes.length;
}
