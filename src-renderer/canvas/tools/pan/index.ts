import { panBy } from "../../viewport.ts";
import { dragTool } from "../drag.ts";
import type { Easel, Tool } from "../tool.ts";

/** Moves the image with the pointer. */
export function panTool(easel: Easel): Tool {
  return dragTool(easel, {
    name: "panning",
    begin({ viewport }) {
      return ({ x, y }) => {
        easel.viewport = panBy(viewport, x, y);
      };
    },
  });
}
