/** @file The paint bucket: what hangs together under the pointer becomes the chosen class. */
import { regionOfClass } from "../../../../src-main/voxels/index.ts";
import { commitMask } from "../apply-mask.ts";
import { type Easel, Tool } from "../tool.ts";

export function fillTool(easel: Easel): Tool {
  return new Tool({
    name: "idle",
    onPointerDown: ({ image, isSubtracting = false }) => {
      const { labels } = easel;
      if (labels !== null) commitMask(easel, labels, regionOfClass(labels, image), isSubtracting);
      return undefined;
    },
  });
}
