/**
 * @file DICOM Segmentation: one instance for the annotated images of each DICOM series that lie in parallel planes.
 */
import { writeSegmentation, type WrittenSegment } from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import type { ExportFile } from "./export-files.ts";
import { safeName, UniqueNames } from "./export-names.ts";
import type { AnnotatedFrame, ExportSet } from "./export-set.ts";
import { stacksOf } from "./volumes.ts";

/** `<case>.dcm` each, and the frames that are not from DICOM files: there is nothing that a segmentation could refer to. */
export function dicomSegFiles(set: ExportSet, version: string): { files: ExportFile[]; leftOut: AnnotatedFrame[] } {
  const [placed, leftOut] = [true, false].map((isDicom) =>
    set.annotated.filter(({ metadata: { instance } }) => {
      return (typeof instance?.sopInstanceUid === "string" && typeof instance.sopClassUid === "string") === isDicom;
    }),
  ) as [AnnotatedFrame[], AnnotatedFrame[]];
  if (placed.length === 0) {
    throw new Problem({
      code: "unsupported-file",
      title: "DICOM SEG refers to DICOM images, and no annotated image here is one.",
      detail: `${leftOut.length} annotated frames are from other files.`,
      hint: "Export them as NIfTI, nnU-Net, COCO or PNG.",
    });
  }
  const names = new UniqueNames();
  const files = stacksOf(placed).map((frames) => ({
    name: `${names.take(safeName(frames[0]!.row.caseName))}.dcm`,
    content: () => Promise.resolve(segmentationOf(set, frames, version)),
  }));
  return { files, leftOut };
}

function segmentationOf(set: ExportSet, frames: readonly AnnotatedFrame[], version: string): Uint8Array {
  return writeSegmentation({
    slices: frames.map((frame) => ({
      map: set.labelMap(frame),
      instance: frame.metadata.instance!,
      frameNumber: frame.row.frameCount > 1 ? frame.row.frameIndex + 1 : null,
      geometry: frame.metadata.geometry ?? null,
    })),
    segments: set.classes.map((each) => ({ ...each, ...algorithmOf(set, frames) })),
    spacing: frames[0]!.metadata.spacing,
    createdAt: frames
      .map(({ provenance }) => provenance.createdAt)
      .sort()
      .at(-1)!,
    softwareVersion: version,
    syntheticBy: [
      ...new Set(
        frames.flatMap(({ metadata: { synthetic } }) =>
          synthetic === undefined ? [] : [`${synthetic.method} (model ${synthetic.modelId})`],
        ),
      ),
    ],
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
