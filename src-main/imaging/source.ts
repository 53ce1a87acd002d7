/**
 * @file What reading an image file yields. Types only: the decoders fill them, the project and the API pass them on.
 */
import type { AttributeCount, Deidentification } from "./deidentify-options.ts";
import type { Fill, Frame, FunctionWindow, InstanceReference, Rectangle } from "../voxels/index.ts";
import type { SlicePlane } from "./volume/slices.ts";

export type SourceFormat = "png" | "jpeg" | "dicom" | "tiff" | "bmp" | "webp" | "nifti" | "nrrd";

/** One image file, all frames decoded. Holds no patient data. */
export interface DecodedSource {
  format: SourceFormat;
  /** At least one, in the order of the file. */
  frames: Frame[];
  /** DICOM modality code such as "CT"; null for all other formats. */
  modality: string | null;
  /** Same key = same patient: a digest, never the Patient ID. null when the file does not say (all but DICOM). */
  patientKey: string | null;
}

/** A frame without its samples, tables and overlays: those are in the stored file, and come with the pixels. */
export type FrameSummary = Omit<Frame, "data" | "window" | "windows" | "overlays"> & {
  window: FunctionWindow | null;
  /** What to open the frame with: its own window, or one found from its pixels; left out where that is a table. */
  suggestedWindow?: FunctionWindow;
};

/** The DICOM instance of a file, by its UIDs as in `storedBytes` and as in the file. */
export interface SourceInstance {
  stored: InstanceReference;
  original: InstanceReference;
}

/** What import needs to know of a file, without holding its pixels. */
export interface InspectedSource {
  /** SHA-256 of the file as it was read, hexadecimal: the same file is known again. */
  sourceSha256: string;
  format: SourceFormat;
  modality: string | null;
  patientKey: string | null;
  frames: FrameSummary[];
  /** PNG of the middle frame, longest side at most 128 pixels. */
  thumbnail: Uint8Array;
  /**
   * The bytes to keep in the project: same pixels, but no identity. DICOM is rewritten with technical attributes only;
   * PNG and JPEG lose what makes no pixels, but orientation; BMP and WebP become PNG. Never store the original instead.
   */
  storedBytes: Uint8Array;
  /**
   * Slices of a volume and pages of a TIFF, each as a file of its own that decodes to that frame: to be stored instead of
   * `storedBytes`, which is then empty.
   */
  storedFrames?: Uint8Array[];
  /** It had transparent pixels, which are put on black. */
  isOnBlack: boolean;
  /** null when nothing hints at writing in the pixels. */
  burnedIn: BurnedInWarning | null;
  /** What was found in each frame, in their order. */
  findings: BurnedInFinding[];
  /** What `storedBytes` lacks, holds changed or, by the person's choice, still has. */
  attributes: AttributeCount[];
  /** null unless DICOM. */
  instance: SourceInstance | null;
  /** The file says that a model made its pixels. DICOM alone can. */
  isSynthetic: boolean;
}

/** Name of the file for messages: no folder, for folders may hold names of people. */
export interface SourceName {
  fileName: string;
}

/** How to read a file of images. */
export interface SourceRequest extends SourceName {
  /** Plane in which a volume is sliced. Default "axial". Pictures and DICOM have their own. */
  plane?: SlicePlane | undefined;
}

export interface InspectRequest extends SourceRequest {
  /** How `storedBytes` are made. Default: the basic profile with pseudonyms of this process. */
  deidentify?: Deidentification | undefined;
}

/** Why an image may show writing, and where the first of its frames that seems to. */
export interface BurnedInWarning {
  reasons: string[];
  regions: Rectangle[];
}

/** What the search of one frame for writing gave. */
export interface BurnedInFinding extends BurnedInWarning {
  /** False: neither is its kind of image searched, nor images of its size. */
  isSearched: boolean;
}

export interface RedactRequest extends SourceName {
  /** Counted from 0. */
  frame: number;
  /** In pixels, from the top left; what lies outside of the image is ignored. */
  rectangles: readonly Rectangle[];
  fill: Fill;
  /** The rectangles in all frames: writing of a device stands at the same place in each. */
  allFrames: boolean;
  /** A person has looked at all frames of the file: no writing is left. DICOM headers then say so. */
  isReviewed: boolean;
}

export interface RedactedSource {
  bytes: Uint8Array;
  /** PNG of the middle frame. */
  thumbnail: Uint8Array;
  /** What a search for writing finds now, in the frames that were redacted. */
  findings: { frame: number; finding: BurnedInFinding }[];
}

export interface MaskRequest extends SourceName {
  /**
   * Class values that exist in the project, whole numbers 1 to 255, and the colors that mean them. A class may have several colors; black
   * and those of value 0 are background.
   */
  classes: readonly { value: number; color?: string | null }[];
  /** Size of the image the mask belongs to. */
  expected: { width: number; height: number };
}
