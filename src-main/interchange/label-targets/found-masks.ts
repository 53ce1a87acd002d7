/**
 * @file What looking for the frames of a label file yields.
 */
import type { MaskMatch } from "../../api/contract.ts";
import type { FileClass } from "../../imaging/index.ts";
import type { SetFrame } from "../export-set.ts";
import { classMap, mapped } from "./class-map.ts";
import { noImage } from "./label-trouble.ts";
import type { ProjectFrames } from "./project-frames.ts";

/** A label map in the classes of the project, for one frame. */
export interface FoundMask {
  frameId: number;
  rle: Uint8Array;
}

export interface FoundMasks {
  masks: FoundMask[];
  match: MaskMatch;
}

/** How a file of labels is to be read. */
export interface LabelRequest {
  /** Of the file, with folders. */
  name: string;
  /** Make classes that the file names and the project lacks. */
  addClasses: boolean;
  /** What its values mean, where another file tells; nnU-Net's description. */
  classes?: readonly FileClass[] | undefined;
  /** Stem of the image that is meant, where the file's own is another. */
  imageStem?: string | undefined;
  /** Value of pixels that are not annotated; null: all are. */
  ignore?: number | null;
}

/** Label maps in the classes of their file, each with its frame. */
export interface FramePairs {
  pairs: { frame: SetFrame; rle: Uint8Array }[];
  /** Named in the file, not in the project. */
  leftOver: string[];
}

/** Puts pairs into the classes of the project. Throws `Problem` "mask-mismatch" where there is none, and for classes it lacks. */
export function foundOfPairs(
  file: { kind: "coco" | "dicom-seg"; classes: readonly FileClass[]; overlaps: number },
  frames: ProjectFrames,
  { name, addClasses }: LabelRequest,
  find: () => FramePairs,
): FoundMasks {
  const values = classMap(frames.project, file.classes, name, addClasses);
  const { pairs, leftOver } = find();
  const notes = [
    ...(file.overlaps > 0
      ? [
          `${file.overlaps} pixels were claimed by several classes; ${file.kind === "coco" ? "the last one" : "the one of the highest number"} has them`,
        ]
      : []),
    ...(leftOver.length > 0 ? [`no image for ${leftOver.length}: ${leftOver.slice(0, 5).join(", ")}`] : []),
  ];
  if (pairs.length === 0) throw noImage(name, notes.join("; "));
  return {
    masks: pairs.map(({ frame, rle }) => ({ frameId: frame.row.frameId, rle: mapped(rle, values) })),
    match: matchOf(
      name,
      file.kind,
      pairs.map(({ frame }) => frame),
      notes,
    ),
  };
}

/** For the report: which images a file was matched with. */
export function matchOf(
  file: string,
  kind: MaskMatch["kind"],
  frames: readonly SetFrame[],
  notes: string[],
): MaskMatch {
  const images = [...new Set(frames.map(({ row }) => row.name))];
  return { file, kind, images, notes };
}
