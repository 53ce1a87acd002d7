/** @file The polygon: straight from corner to corner. */
import { cornersTool } from "../corners.ts";
import type { Easel, Tool } from "../tool.ts";

export function polygonTool(easel: Easel): Tool {
  return cornersTool(easel, () => (to) => [to]);
}
