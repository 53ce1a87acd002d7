/**
 * @file What to look at before a set is given away: pixels that may hold names, masks that no person has seen, frames without one.
 */
import type { ExportFormat, ExportWarning } from "../api/contract.ts";
import type { ExportSet } from "./export-set.ts";

/** Formats that hold pictures; the others hold masks alone. */
const withPictures: readonly ExportFormat[] = ["coco", "yolo", "nnunet"];

/** Formats that hold whole volumes, slices without a mask included. */
const withVolumes: readonly ExportFormat[] = ["nifti", "nnunet"];

export function exportWarnings({ frames, annotated, split }: ExportSet, format: ExportFormat): ExportWarning[] {
  const burnedIn = withPictures.includes(format) ? annotated.filter(({ row }) => row.burnedIn === "likely") : [];
  const proposed = annotated.filter(({ provenance }) => provenance.origin === "proposed");
  const bare = frames.length - annotated.length;
  const unassigned = annotated.filter(({ row }) => row.split === null);
  const kept = format === "dicom-seg" ? annotated.filter(({ metadata }) => metadata.keepsUids === true) : [];
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
  const warnings: (ExportWarning | false)[] = [
    burnedIn.length > 0 && {
      title: `${count(burnedIn.length, "frame")} may show writing in the pixels, and nobody has looked.`,
      hint: "Look at them, and cover names before the pictures leave this computer.",
      frameId: burnedIn[0]!.row.frameId,
    },
    proposed.length > 0 && {
      title: `${count(proposed.length, "mask")} ${proposed.length === 1 ? "was" : "were"} seen by no person.`,
      hint: "They are proposals of a model; the dataset card says so.",
      frameId: proposed[0]!.row.frameId,
    },
    bare > 0 && {
      title: `${count(bare, "frame")} of ${split === undefined ? "the project" : `the split ${split}`} without a mask ${bare === 1 ? "stays" : "stay"} out.`,
      hint: withVolumes.includes(format)
        ? "In volumes they are marked as not annotated."
        : "They wait for a person, or for an accepted proposal.",
      frameId: frames.find(({ provenance }) => provenance === null)!.row.frameId,
    },
    unassigned.length > 0 &&
      (format === "nnunet" || format === "yolo" || format === "coco") && {
        title: `${count(unassigned.length, "frame")} ${unassigned.length === 1 ? "is" : "are"} in no split.`,
        hint: "Split by patient first if this set shall train a model.",
        frameId: null,
      },
    kept.length > 0 && {
      title: `${count(kept.length, "frame")} kept the UIDs of the hospital.`,
      hint: "The segmentation refers to them, and they lead back to its archive.",
      frameId: null,
    },
  ];
  return warnings.filter((warning) => warning !== false);
}
