/** @file Where a coach mark stands beside its control. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Size {
  width: number;
  height: number;
}

/** CSS pixels between control and mark, and to the edge of the window. */
const GAP = 14;
const EDGE = 12;

/**
 * Top left corner of the mark, in CSS pixels: beside the control where there is room, else above or below, always whole in the window.
 * `side` is where the mark stands as seen from the control.
 */
export function placeMark(control: Box, mark: Size, window: Size): { x: number; y: number; side: Side } {
  const side = sides.find((each) => room(each, control, window) >= need(each, mark)) ?? "right";
  const beside = {
    right: { x: control.x + control.width + GAP, y: control.y },
    left: { x: control.x - GAP - mark.width, y: control.y },
    below: { x: control.x, y: control.y + control.height + GAP },
    above: { x: control.x, y: control.y - GAP - mark.height },
  }[side];
  return {
    x: clamp(beside.x, EDGE, window.width - mark.width - EDGE),
    y: clamp(beside.y, EDGE, window.height - mark.height - EDGE),
    side,
  };
}

export type Side = "right" | "left" | "below" | "above";
const sides: readonly Side[] = ["right", "above", "below", "left"];

function room(side: Side, control: Box, window: Size): number {
  switch (side) {
    case "right":
      return window.width - control.x - control.width;
    case "left":
      return control.x;
    case "below":
      return window.height - control.y - control.height;
    case "above":
      return control.y;
  }
}

const need = (side: Side, mark: Size): number =>
  (side === "right" || side === "left" ? mark.width : mark.height) + GAP + EDGE;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
