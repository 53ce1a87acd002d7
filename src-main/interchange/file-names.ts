/**
 * @file What file names tell: the stem that ties a mask to its image, and the patient that ties images to a case.
 * Names are relative to what was chosen, with "/" between folders; no name is trusted as a path.
 */
import type { PatientRule } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";

export interface NameParts {
  /** Outermost first. */
  folders: string[];
  /** Without folders. */
  fileName: string;
  /** Without folders and ending. */
  stem: string;
}

/** Splits at "/" and "\\". A name without an ending is its own stem. */
export function partsOf(name: string): NameParts {
  const pieces = name.split(/[/\\]/).filter((piece) => piece !== "" && piece !== "." && piece !== "..");
  const fileName = pieces.pop() ?? "file";
  return { folders: pieces, fileName, stem: fileName.replace(/(?<=.)(\.nii\.gz|\.[A-Za-z0-9]{1,5})$/i, "") };
}

/** Endings of a stem that say "mask of". */
const maskSuffix = /[_-](mask|masks|seg|label|labels|segmentation)$/i;

/** `p01_003_mask` -> `p01_003`; null when the stem has no such ending. */
export function stemWithoutMaskSuffix(stem: string): string | null {
  return maskSuffix.test(stem) ? stem.replace(maskSuffix, "") : null;
}

/** Folders in which tools keep masks. */
const maskFolder = /^(masks?|labels?|segs?|segmentations?|annotations?|ground[ _-]?truth|gt)$/i;
/** Folders that say what files are, not whose. */
const kindFolder =
  /^(images?|imgs?|pictures?|frames?|slices?|png|jpe?g|dicom|dcm|data|dataset|train|val|valid|validation|test)$/i;

/** Whether a folder of that name is where masks are kept. */
export function isMaskFolder(folder: string): boolean {
  return maskFolder.test(folder);
}

/** Frames are counted from 1 in names, from 0 elsewhere: index 0 -> `name_frame0001`. */
export function frameStem(stem: string, frameIndex: number): string {
  return `${stem}_frame${String(frameIndex + 1).padStart(4, "0")}`;
}

/** Undoes `frameStem`; null when the stem names no frame. */
export function partsOfFrameStem(stem: string): { stem: string; frameIndex: number } | null {
  const match = /^(.+)_frame(\d{4,})$/.exec(stem);
  return match === null ? null : { stem: match[1]!, frameIndex: Number(match[2]) - 1 };
}

/** Folders that all names begin with: they say nothing about a patient. */
export function sharedFolders(names: readonly string[]): number {
  const [first, ...others] = names.map((name) => partsOf(name).folders);
  if (first === undefined) return 0;
  let depth = 0;
  while (depth < first.length && others.every((folders) => folders[depth] === first[depth])) depth++;
  return depth;
}

const sliceNumber = /^[A-Za-z]{0,2}\d+$/;
const MAX_PATTERN_LENGTH = 300;

/**
 * A function from name to patient. "auto": what stands before the last "_" or "-" when a slice number follows
 * (`p01_003` -> `p01`); a name that is a number only belongs to its folder (`p01/003` -> `p01`); else the stem.
 * Throws `Problem` "bad-request": at once for a pattern that is none, later for a name that it does not fit.
 */
export function patientOf(rule: PatientRule, skippedFolders = 0): (name: string) => string {
  if (rule.kind === "file") return (name) => partsOf(name).stem;
  if (rule.kind === "auto") {
    return (name) => {
      const { stem, folders } = partsOf(name);
      const cut = Math.max(stem.lastIndexOf("_"), stem.lastIndexOf("-"));
      if (cut > 0 && sliceNumber.test(stem.slice(cut + 1))) return stem.slice(0, cut);
      const folder = folders.slice(skippedFolders).findLast((one) => !kindFolder.test(one) && !isMaskFolder(one));
      return folder !== undefined && sliceNumber.test(stem) ? folder : stem;
    };
  }
  const pattern = compiled(rule.pattern);
  return (name) => {
    const patient = pattern.exec(name)?.[1];
    if (patient !== undefined && patient !== "") return patient;
    throw new Problem({
      code: "bad-request",
      title: `${partsOf(name).fileName}: the name does not fit the pattern for patients.`,
      hint: "Change the pattern, or choose another rule for patients.",
    });
  };
}

function compiled(pattern: string): RegExp {
  const refuse = (detail: string, cause?: unknown): Problem =>
    new Problem(
      {
        code: "bad-request",
        title: "The pattern for patients cannot be used.",
        detail,
        hint: "Write a regular expression with one group around the patient, such as ^(p[0-9]+)_",
      },
      { cause },
    );
  if (pattern.length > MAX_PATTERN_LENGTH) throw refuse(`It is longer than ${MAX_PATTERN_LENGTH} characters.`);
  try {
    // The empty alternative always matches, and then tells how many groups there are.
    if (new RegExp(`${pattern}|`).exec("")!.length < 2) throw refuse("It has no group.");
    return new RegExp(pattern);
  } catch (error) {
    throw error instanceof Problem ? error : refuse("It is not a regular expression.", error);
  }
}
