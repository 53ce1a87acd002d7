import { linearWindow } from "../../../../src-main/voxels/index.ts";
import { dragTool } from "../drag.ts";
import type { Easel, Tool } from "../tool.ts";

/** CSS pixels of dragging that change the window by its own width. */
const PIXELS_PER_WIDTH = 300;
/** Share of its width to which one drag can narrow a window of fractions. */
const NARROWEST = 1e-3;

/** Window by dragging, as on a workstation: right = wider, down = darker (center up). A table gives way to a linear window. */
export function windowTool(easel: Easel): Tool {
  return dragTool(easel, {
    name: "adjusting",
    begin({ window: before }) {
      const { center, width, ...kind } = linearWindow(before);
      const unit = width / PIXELS_PER_WIDTH;
      // A width below 1 is no window of whole values (DICOM PS3.3 C.11.2.1.2).
      const narrowest = kind.function === undefined || kind.function === "LINEAR" ? 1 : width * NARROWEST;
      return ({ x, y }) => {
        const isBack = x === 0 && y === 0;
        easel.window = isBack
          ? before
          : { ...kind, width: Math.max(narrowest, width + x * unit * 2), center: center + y * unit };
      };
    },
  });
}
