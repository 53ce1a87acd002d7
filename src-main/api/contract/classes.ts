/** @file Classes of the label maps. */

export interface LabelClass {
  /** Value in the label map, 1–255; 0 is background. */
  value: number;
  name: string;
  /** `#rrggbb`. */
  color: string;
}

/** A class of the open project, and how it is treated on screen. Kept in the project: both go where the file goes. */
export interface ClassRow extends LabelClass {
  /** No tool changes its pixels. */
  isLocked: boolean;
  /** Not drawn; its pixels stay. */
  isHidden: boolean;
}

/** How much of a class is in the present annotations. */
export interface ClassUsage {
  value: number;
  /** Frames that show it. */
  frames: number;
  pixels: number;
}
