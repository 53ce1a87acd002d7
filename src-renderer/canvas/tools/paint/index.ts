import { type Easel, Tool } from "../tool.ts";
import { Idle } from "./idle.ts";

/** Paints the chosen class. */
export function brushTool(easel: Easel): Tool {
  return new Tool(new Idle(easel, () => easel.classValue));
}

/** Paints background. */
export function eraserTool(easel: Easel): Tool {
  return new Tool(new Idle(easel, () => 0));
}
