/** @file Commands on the picture in front, in annotation and review alike: tools, brush, view, window. */
import type { Easel } from "../canvas/easel.svelte.ts";
import { layerKinds } from "../canvas/layers.svelte.ts";
import { type Turn, turns } from "../canvas/orientation.ts";
import { refinementNames } from "../canvas/refinements.ts";
import type { ToolName } from "../canvas/tools/index.ts";
import type { Texts } from "../texts/index.ts";
import { panBy } from "../canvas/viewport.ts";
import { commandsOn, type Place } from "./command.ts";

/** Where pixels may be changed. */
const drawing: readonly Place[] = ["annotate", "redact", "edit"];
const looking: readonly Place[] = [...drawing, "grade", "decide", "judge"];

/** The key of each tool. A new tool is a line here. */
const toolKeys: Record<ToolName, string> = {
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
  scribble: "S",
  take: "Shift+S",
  length: "D",
  angle: "U",
  area: "Z",
  pan: "H",
  window: "W",
  redact: "X",
};

/** Tools for what a model proposes while a person annotates. */
const onProposals = new Set<ToolName>(["scribble", "take"]);

export const toolCommands = commandsOn(
  "tools",
  ({ easel }) => easel,
  drawing,
  (Object.keys(toolKeys) as ToolName[]).map((name) => ({
    id: `tool.${name}` as const,
    title: (t: Texts) => t.annotate.toolNames[name],
    keys: [toolKeys[name]],
    ...(onProposals.has(name) ? { places: ["annotate"] as const } : {}),
    run: (easel: Easel) => void (easel.toolName = name),
  })),
);

export const brushCommands = commandsOn("tools", ({ easel }) => easel, drawing, [
  {
    id: "brush.smaller",
    title: (t) => t.commands.smallerBrush,
    keys: ["["],
    repeats: true,
    run: (easel) => easel.changeBrush(-1),
  },
  {
    id: "brush.larger",
    title: (t) => t.commands.largerBrush,
    keys: ["]"],
    repeats: true,
    run: (easel) => easel.changeBrush(1),
  },
]);

export const refineCommands = commandsOn(
  "refine",
  ({ easel }) => easel,
  ["annotate", "edit"],
  refinementNames.map((name) => ({
    id: `refine.${name}` as const,
    title: (t: Texts) => t.annotate.refine.names[name],
    isAvailable: (easel: Easel) => easel.isPaintable && !easel.isLocked(easel.classValue),
    run: (easel: Easel) => easel.refine(name),
  })),
);

const turnKeys: Record<Turn, string> = {
  clockwise: "Shift+R",
  counterclockwise: "Shift+L",
  mirror: "Shift+F",
  upsideDown: "Shift+V",
};

/** CSS pixels. */
const PAN_STEP = 60;
const panDirections = [
  ["left", "ArrowLeft", -1, 0],
  ["right", "ArrowRight", 1, 0],
  ["up", "ArrowUp", 0, -1],
  ["down", "ArrowDown", 0, 1],
] as const;

export const viewCommands = commandsOn("view", ({ easel }) => easel, looking, [
  { id: "view.fit", title: (t) => t.annotate.fit, keys: ["F"], run: (easel) => easel.fit() },
  { id: "view.actualSize", title: (t) => t.annotate.actualSize, keys: ["0"], run: (easel) => easel.actualSize() },
  {
    id: "view.zoomIn",
    title: (t) => t.annotate.zoomIn,
    keys: ["+", "="],
    repeats: true,
    run: (easel) => easel.zoomBy(1.25),
  },
  {
    id: "view.zoomOut",
    title: (t) => t.annotate.zoomOut,
    keys: ["-"],
    repeats: true,
    run: (easel) => easel.zoomBy(0.8),
  },
  ...panDirections.map(([direction, key, right, down]) => ({
    id: `view.pan.${direction}` as const,
    title: (t: Texts) => t.annotate.pans[direction],
    keys: [`Alt+${key}`],
    repeats: true,
    // What is seen goes the other way.
    run: (easel: Easel) => void (easel.viewport = panBy(easel.viewport, -PAN_STEP * right, -PAN_STEP * down)),
  })),
  ...turns.map((turn) => ({
    id: `view.${turn}` as const,
    title: (t: Texts) => t.annotate.turns[turn],
    keys: [turnKeys[turn]],
    run: (easel: Easel) => easel.turn(turn),
  })),
  {
    id: "view.labels",
    title: (t) => t.annotate.showLabels,
    keys: ["L"],
    run: (easel) => void (easel.layers.isShown = !easel.layers.isShown),
  },
  ...layerKinds.map((kind) => ({
    id: `layer.${kind}` as const,
    title: (t: Texts) => t.annotate.layers.toggle(t.annotate.layers.kinds[kind]),
    isAvailable: ({ layers }: Easel) => layers.kinds.includes(kind),
    run: ({ layers }: Easel) => void (layers.looks[kind].isShown = !layers.looks[kind].isShown),
  })),
  { id: "window.next", title: (t) => t.commands.nextWindow, keys: ["K"], run: (easel) => easel.stepWindow(1) },
  {
    id: "window.previous",
    title: (t) => t.commands.previousWindow,
    keys: ["Shift+K"],
    run: (easel) => easel.stepWindow(-1),
  },
  {
    id: "window.invert",
    title: (t) => t.annotate.invert,
    keys: ["I"],
    run: (easel) => void (easel.isInverted = !easel.isInverted),
  },
  { id: "window.reset", title: (t) => t.annotate.resetWindow, keys: ["R"], run: (easel) => easel.resetWindow() },
  {
    id: "view.overlays",
    title: (t) => t.commands.overlays,
    keys: ["Y"],
    run: (easel) => void (easel.isOverlayShown = !easel.isOverlayShown),
  },
]);
