/** @file The present annotation of a frame and where it comes from. */

/** Where the pixels of an annotation come from. */
export type MaskOrigin = "drawn" | "imported" | "accepted" | "edited";

/** Where the present annotation of a frame comes from. */
export interface MaskProvenance {
  origin: MaskOrigin;
  createdAt: string;
  /** False: accepted with others, unseen. */
  isReviewed: boolean;
  /** Null where no model was involved. */
  proposal: {
    proposalId: number;
    modelId: number;
    modelName: string;
    runId: number | null;
    createdAt: string;
    /** Scribbles by which it was corrected. */
    scribbles: number;
    /** Dice between what the model proposed and the annotation. */
    dice: number;
  } | null;
  /** The acceptance of many that it was part of. */
  /** The image whose annotation it repeats: of a translated image its source. */
  carriedFrom: { frameId: number; revisionId: number; name: string } | null;
  acceptance: { quality: number; isWithEvidence: boolean; createdAt: string } | null;
}

/** State of a frame's annotation after a change. Revisions are append-only, so undo survives a restart. */
export interface AnnotationState {
  /** 0 while nothing was ever drawn. */
  revisionId: number;
  origin: MaskOrigin | null;
  canUndo: boolean;
  canRedo: boolean;
  /**
   * Told by undo and redo of an action on several frames: those whose annotation moved, and how many stay because they were changed
   * since.
   */
  group?: { frameIds: number[]; kept: number };
}
