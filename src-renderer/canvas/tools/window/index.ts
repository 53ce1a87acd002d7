import { dragTool } from "../drag.ts";
import type { Easel, Tool } from "../tool.ts";

/** CSS pixels of dragging that change the window by its own width. */
const PIXELS_PER_WIDTH = 300;

/** Window by dragging, as on a workstation: right = wider, down = darker (center up). */
export function windowTool(easel: Easel): Tool {
  return dragTool(easel, {
    name: "adjusting",
    begin({ window: { center, width } }) {
      const unit = width / PIXELS_PER_WIDTH;
      return ({ x, y }) => {
        // A width below 1 is no window of integers (DICOM PS3.3 C.11.2.1.2); one of fractions may start smaller.
        easel.window = { width: Math.max(Math.min(1, width), width + x * unit * 2), center: center + y * unit };
      };
    },
  });
}
