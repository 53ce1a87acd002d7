/**
 * @file DICOM Segmentation: one instance for the annotated images of each series or file that lie in parallel planes.
 */
import { writeSegmentation, type WrittenSegment } from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import { captureFile, referenceOf, syntheticBy } from "./dicom-captures.ts";
import type { ExportFile } from "./export-files.ts";
import { safeName, UniqueNames } from "./export-names.ts";
import type { AnnotatedFrame, ExportSet } from "./export-set.ts";
import { stacksOf } from "./volumes.ts";

/**
 * `<case>.dcm` each; in `images` the frames that are not from DICOM files, as Secondary Capture; and the frames that can be neither, whose
 * samples have 32 bits. Throws `Problem` "unsupported-file" when nothing else is there.
 */
export function dicomSegFiles(set: ExportSet, version: string): { files: ExportFile[]; leftOut: AnnotatedFrame[] } {
  const [referred, leftOut] = [true, false].map((isReferred) =>
    set.annotated.filter((frame) => (referenceOf(set, frame) !== null) === isReferred),
  ) as [AnnotatedFrame[], AnnotatedFrame[]];
  if (referred.length === 0) {
    throw new Problem({
      code: "unsupported-file",
      title: "DICOM SEG refers to DICOM images, and these cannot be written as such.",
      detail: `${leftOut.length} annotated frames have samples of 32 bits; Secondary Capture holds 8 or 16.`,
      hint: "Export them as NIfTI, nnU-Net, COCO or PNG.",
    });
  }
  const names = new UniqueNames();
  const segmentations = stacksOf(referred).map((frames) => ({
    name: `${names.take(safeName(frames[0]!.row.caseName))}.dcm`,
    content: () => Promise.resolve(segmentationOf(set, frames, version)),
  }));
  const captures = referred.flatMap((frame) => captureFile(set, frame, version) ?? []);
  return { files: [...segmentations, ...captures], leftOut };
}

function segmentationOf(set: ExportSet, frames: readonly AnnotatedFrame[], version: string): Uint8Array {
  return writeSegmentation({
    slices: frames.map((frame) => ({
      map: set.labelMap(frame),
      instance: referenceOf(set, frame)!,
      frameNumber: frame.metadata.instance !== undefined && frame.row.frameCount > 1 ? frame.row.frameIndex + 1 : null,
      geometry: frame.metadata.geometry ?? null,
    })),
    segments: set.classes.map((each) => ({ ...each, ...algorithmOf(set, frames) })),
    spacing: frames[0]!.metadata.spacing,
    createdAt: frames
      .map(({ provenance }) => provenance.createdAt)
      .sort()
      .at(-1)!,
    softwareVersion: version,
    syntheticBy: [...new Set(frames.flatMap((frame) => syntheticBy(frame) ?? []))],
  });
}

/** By what is known of all masks together: drawn by hand, taken from a model as proposed, or something of both. */
function algorithmOf(
  set: ExportSet,
  frames: readonly AnnotatedFrame[],
): Pick<WrittenSegment, "algorithm" | "algorithmName"> {
  const origins = new Set(frames.map(({ provenance }) => provenance.origin));
  if (origins.size === 1 && origins.has("drawn")) return { algorithm: "MANUAL", algorithmName: null };
  const models = new Set(frames.flatMap(({ provenance }) => provenance.modelId ?? []));
  const methods = [...models].map((modelId) => `${set.project.models.get(modelId).method} (model ${modelId})`);
  const parts = [...methods, ...(origins.has("imported") ? ["imported, tool not known"] : [])];
  return {
    algorithm: [...origins].every((origin) => origin === "accepted" || origin === "proposed")
      ? "AUTOMATIC"
      : "SEMIAUTOMATIC",
    algorithmName: parts.join(", ") || "edited by hand",
  };
}
