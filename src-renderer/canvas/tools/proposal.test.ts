/** @file Scribbling on a proposal and taking parts of it, without a model. */
import { expect, it } from "vitest";
import { createLabelMap, paintMask, rectangleMask } from "../../../src-main/voxels/index.ts";
import { createEasel, play } from "./play.ts";
import { scribbleTool } from "./scribble/index.ts";
import { takeTool } from "./take/index.ts";

it("a scribble is told once at its end, with alt as background, as wide as it looks", () => {
  const easel = createEasel();
  easel.viewport = { ...easel.viewport, scale: 2 };
  const tool = scribbleTool(easel);
  const states = play(tool, [
    ["down", 4, 4],
    ["move", 6, 4],
    ["move", 6, 4],
  ]);
  expect(states).toEqual(["scribbling", "scribbling", "scribbling"]);
  const line = {
    value: 2,
    isForeground: true,
    radius: 1.5,
    points: [
      { x: 4, y: 4 },
      { x: 6, y: 4 },
    ],
  };
  expect([easel.proposal.draft, easel.proposal.scribbles]).toEqual([line, []]);
  play(tool, [
    ["up", 6, 4],
    ["down", 9, 9, "alt"],
    ["up", 9, 9],
  ]);
  const dot = { ...line, isForeground: false, points: [{ x: 9, y: 9 }] };
  expect([easel.proposal.draft, easel.proposal.scribbles, easel.strokes]).toEqual([null, [line, dot], 0]);
});

it("escape drops the scribble", () => {
  const easel = createEasel();
  play(scribbleTool(easel), [["down", 4, 4], ["move", 9, 9], ["cancel"], ["up", 9, 9]]);
  expect([easel.proposal.draft, easel.proposal.scribbles]).toEqual([null, []]);
});

it("a click takes the part under it, with alt its class; beside the proposal it takes nothing", () => {
  const easel = createEasel();
  const tool = takeTool(easel);
  play(tool, [["down", 5, 5]]);
  easel.proposal.labels = createLabelMap(32, 32);
  paintMask(easel.proposal.labels, rectangleMask(easel.labels, { x: 4, y: 4 }, { x: 9, y: 9 }), 2);
  play(tool, [
    ["down", 5.6, 5.2],
    ["down", 5, 5, "alt"],
    ["down", 20, 20],
    ["down", 90, 5],
  ]);
  expect(easel.proposal.taken).toEqual([
    { kind: "component", x: 5, y: 5 },
    { kind: "class", value: 2 },
  ]);
});
