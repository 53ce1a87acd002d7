import { type Easel, Tool } from "../tool.ts";
import { Idle } from "./idle.ts";

/** Draws rectangles over writing; a click on a suggested one accepts it. Changes no pixels: that needs a confirmation. */
export function redactTool(easel: Easel): Tool {
  return new Tool(new Idle(easel));
}
