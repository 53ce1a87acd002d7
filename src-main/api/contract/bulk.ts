/** @file What is done to many images at once, and undone as one. */

/** Of what was done to many images at once. "label": to images or patients. */
export type BulkKind = "split" | "accept" | "reject" | "remove" | "label";

export interface BulkHistory {
  /** What undo would take back, and how many cases, proposals, images or subjects it changed. */
  undo: { kind: BulkKind; changed: number } | null;
  redo: { kind: BulkKind; changed: number } | null;
}

/** A step through the history of bulk actions. */
export interface BulkStep extends BulkHistory {
  kind: BulkKind;
  changed: number;
  /** Left as they are, for they were changed since by other means. */
  kept: number;
}

/** What goes with images that are removed. */
export interface RemovalPreview {
  images: number;
  frames: number;
  annotated: number;
  pendingProposals: number;
  /** Values of labels of images. */
  labels: number;
  /** Of which nothing is left. */
  cases: number;
}
