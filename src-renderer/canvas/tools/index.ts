/**
 * @file All tools by name. A new tool is a folder here, a line below, and its button.
 */
import { bridgeTool } from "./bridge/index.ts";
import { cutTool } from "./cut/index.ts";
import { fillTool } from "./fill/index.ts";
import { lassoTool } from "./lasso/index.ts";
import { livewireTool } from "./livewire/index.ts";
import { angleTool, areaTool, lengthTool } from "./measure/index.ts";
import { brushTool, eraserTool } from "./paint/index.ts";
import { panTool } from "./pan/index.ts";
import { polygonTool } from "./polygon/index.ts";
import { redactTool } from "./redact/index.ts";
import { ellipseTool, rectangleTool } from "./shape/index.ts";
import { scribbleTool } from "./scribble/index.ts";
import { takeTool } from "./take/index.ts";
import type { Easel, Tool } from "./tool.ts";
import { wandTool } from "./wand/index.ts";
import { windowTool } from "./window/index.ts";

const tools = {
  brush: brushTool,
  eraser: eraserTool,
  polygon: polygonTool,
  lasso: lassoTool,
  rectangle: rectangleTool,
  ellipse: ellipseTool,
  livewire: livewireTool,
  wand: wandTool,
  fill: fillTool,
  cut: cutTool,
  bridge: bridgeTool,
  scribble: scribbleTool,
  take: takeTool,
  length: lengthTool,
  angle: angleTool,
  area: areaTool,
  pan: panTool,
  window: windowTool,
  redact: redactTool,
} satisfies Record<string, (easel: Easel) => Tool>;

export type ToolName = keyof typeof tools;

/** Tools that change the view alone, measure, or (redact) only plan a change: they work on a project that may not be written. */
const viewTools = new Set<ToolName>(["length", "angle", "area", "pan", "window", "redact", "take"]);

export function changesLabels(name: ToolName): boolean {
  return !viewTools.has(name);
}

/** Paints the chosen class; the eraser and view tools do not. */
export function paintsClass(name: ToolName): boolean {
  return changesLabels(name) && name !== "eraser";
}

export function createTools(easel: Easel): Record<ToolName, Tool> {
  return Object.fromEntries(Object.entries(tools).map(([name, create]) => [name, create(easel)])) as Record<
    ToolName,
    Tool
  >;
}
