/**
 * @file What a tool is drawing at the moment, in image coordinates. It lies over the picture and is no part of it.
 */
import type { Point } from "../../src-main/voxels/index.ts";

export type Sketch =
  | { kind: "path"; points: readonly Point[]; isClosed: boolean; handles: readonly Point[] }
  | { kind: "rectangle"; from: Point; to: Point }
  | { kind: "ellipse"; from: Point; to: Point };
