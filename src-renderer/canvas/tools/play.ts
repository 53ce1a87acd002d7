/** @file For tests of tools: an easel without a screen, and scripts of pointer verbs. */
import {
  createLabelMap,
  type Frame,
  type LabelMap,
  type ProposalPart,
  type Scribble,
} from "../../../src-main/voxels/index.ts";
import type { Measure } from "../measures.ts";
import type { Sketch } from "../sketch.ts";
import { PLAIN_LAYOUT, type Viewport } from "../viewport.ts";
import type { Draft } from "./redact/draft.ts";
import type { Easel, PointerVerb, Tool } from "./tool.ts";

export type Step =
  ["down" | "move" | "up" | "hover", number, number, "alt"?] | ["cancel"] | ["complete"] | ["back"] | ["leave"];

/** Plays verbs at screen = image coordinates; returns the state names after each. */
export function play(tool: Tool, script: Step[]): string[] {
  return script.map((step) => {
    if (step[0] === "cancel") tool.cancel();
    else if (step[0] === "complete") tool.complete();
    else if (step[0] === "leave") tool.leave();
    else if (step[0] === "back") tool.stepBack();
    else {
      const at = { x: step[1], y: step[2] };
      const verb: PointerVerb = { image: at, screen: at, isSubtracting: step[3] === "alt" };
      if (step[0] === "down") tool.pointerDown(verb);
      if (step[0] === "move") tool.pointerMove(verb);
      if (step[0] === "up") tool.pointerUp(verb);
      if (step[0] === "hover") tool.hover(verb);
    }
    return tool.stateName;
  });
}

/** 32 x 32 pixels, all background; counts edits and redraws. */
export function createEasel(frame: Frame | null = null) {
  const easel = {
    frame,
    labels: createLabelMap(32, 32),
    brushRadius: 3,
    classValue: 2,
    isLocked: (_value: number): boolean => false,
    brushLimit: null as ((index: number) => boolean) | null,
    wandTolerance: 10,
    viewport: { ...PLAIN_LAYOUT, scale: 1, offsetX: 0, offsetY: 0 } as Viewport,
    window: { center: 128, width: 256 },
    sketch: null as Sketch | null,
    redaction: { rectangles: [], spanned: null, suggestions: [] } as Draft,
    measures: {
      draft: null as Measure | null,
      drawn: [] as Measure[],
      add(measure: Measure) {
        this.drawn.push(measure);
      },
    },
    proposal: {
      labels: null as LabelMap | null,
      draft: null as Scribble | null,
      scribbles: [] as Scribble[],
      taken: [] as ProposalPart[],
      scribble(scribble: Scribble) {
        this.scribbles.push(scribble);
      },
      take(part: ProposalPart) {
        this.taken.push(part);
      },
    },
    strokes: 0,
    touched: 0,
    touch: () => void easel.touched++,
    commitStroke: () => void easel.strokes++,
  };
  return easel satisfies Easel;
}

export const count = ({ data }: LabelMap, value: number): number => data.filter((label) => label === value).length;
