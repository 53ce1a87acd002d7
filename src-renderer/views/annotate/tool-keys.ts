/** @file The single key of each tool. */
import type { ToolName } from "../../canvas/tools/index.ts";

export const toolKeys: Record<ToolName, string> = {
  brush: "B",
  eraser: "E",
  polygon: "P",
  lasso: "A",
  rectangle: "T",
  ellipse: "O",
  livewire: "V",
  wand: "M",
  fill: "G",
  cut: "C",
  bridge: "J",
  length: "D",
  angle: "U",
  area: "Z",
  pan: "H",
  window: "W",
  redact: "X",
};

/** The tool of a pressed key. */
export function toolOfKey(key: string): ToolName | undefined {
  const pressed = key.toUpperCase();
  return (Object.keys(toolKeys) as ToolName[]).find((name) => toolKeys[name] === pressed);
}
