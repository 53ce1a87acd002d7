/** @file Exports: what would be written, and what was. */

/** "dicom": images that a model translated, with or without a mask; the others hold masks, tables or a model. */
export type ExportFormat = "png" | "coco" | "nifti" | "dicom-seg" | "dicom" | "nnunet" | "yolo" | "csv" | "onnx";

/** "human": drawn, edited or imported; "accepted": proposals taken as they were; "proposed": proposals not reviewed. */
export type MaskKind = "human" | "accepted" | "proposed";

/** What an export would write. */
export interface ExportPreview {
  files: string[];
  /** With a mask; of dicom translated ones. */
  frames: number;
  cases: number;
  warnings: ExportWarning[];
  /** The dataset card, Markdown; null for models and figures, which have none. */
  card: string | null;
}

/** Something to look at before a set is given away. */
export interface ExportWarning {
  title: string;
  hint: string;
  /** An image to begin with. */
  frameId: number | null;
}

export interface ExportReport {
  format: ExportFormat;
  dir: string;
  files: string[];
}

/** Progress of an export that takes a while; its end is the answer to the request. */
export interface ExportProgress {
  exportId: number;
  format: ExportFormat;
  /** Files. */
  done: number;
  total: number;
  secondsLeft: number | null;
}

/** Progress of the preview of an export that takes a while; its end is the answer to the request. */
export interface PreviewProgress {
  previewId: string;
  /** Masks. */
  done: number;
  total: number;
  secondsLeft: number | null;
}
