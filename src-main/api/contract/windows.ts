/** @file Display windows that people kept in the project. */

export interface NewKeptWindow {
  name: string;
  /** As in DICOM, e.g. "MR"; null: for images of any modality. */
  modality: string | null;
  /** Rescaled values. */
  center: number;
  /** Rescaled values, above 0; for LINEAR at least 1 (DICOM PS3.3 C.11.2.1.2). */
  width: number;
  function: "LINEAR" | "LINEAR_EXACT" | "SIGMOID";
}

export interface KeptWindow extends NewKeptWindow {
  windowId: number;
}
