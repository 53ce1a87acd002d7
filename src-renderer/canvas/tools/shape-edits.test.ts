/** @file Cut and bridge on shapes whose parts can be counted. */
import { describe, expect, it } from "vitest";
import { type LabelMap, labelComponents, paintMask, rectangleMask } from "../../../src-main/voxels/index.ts";
import { bridgeTool } from "./bridge/index.ts";
import { cutTool } from "./cut/index.ts";
import { angleTool, areaTool, lengthTool } from "./measure/index.ts";
import { count, createEasel, play } from "./play.ts";
import type { Frame } from "../../../src-main/voxels/index.ts";

const partsOf = ({ width, height, data }: LabelMap, value: number): number =>
  labelComponents(
    data.map((each) => (each === value ? 1 : 0)),
    [height, width],
    2,
  ).sizes.length;

function easelWith(...boxes: [value: number, left: number, top: number, right: number, bottom: number][]) {
  const easel = createEasel({ width: 32, height: 32, spacing: { x: 0.5, y: 2 } } as Frame);
  for (const [value, left, top, right, bottom] of boxes) {
    paintMask(easel.labels, rectangleMask(easel.labels, { x: left, y: top }, { x: right, y: bottom }), value);
  }
  return easel;
}

describe("cut", () => {
  it("parts the chosen class along the line, and no other class, in one edit", () => {
    const easel = easelWith([2, 4, 4, 24, 14], [1, 4, 14, 24, 20]);
    play(cutTool(easel), [
      ["down", 8, 1],
      ["move", 12, 10],
      ["up", 17, 24],
    ]);
    expect([partsOf(easel.labels, 2), partsOf(easel.labels, 1)]).toEqual([2, 1]);
    expect([easel.strokes, easel.sketch, count(easel.labels, 1)]).toEqual([1, null, 120]);
  });

  it("a line beside the class and one that is given up are no edit", () => {
    const easel = easelWith([2, 4, 4, 24, 14]);
    play(cutTool(easel), [
      ["down", 1, 1],
      ["up", 1, 30],
      ["down", 10, 1],
      ["move", 10, 20],
      ["cancel"],
      ["up", 10, 20],
    ]);
    expect([easel.strokes, count(easel.labels, 2), easel.sketch]).toEqual([0, 200, null]);
  });
});

describe("bridge", () => {
  it("joins the two shapes it is dragged between, as wide as the brush, in their class", () => {
    const easel = easelWith([1, 4, 4, 10, 14], [1, 18, 4, 26, 14]);
    easel.brushRadius = 1.5;
    play(bridgeTool(easel), [
      ["down", 5, 12],
      ["move", 14, 6],
      ["up", 20, 5],
    ]);
    expect([partsOf(easel.labels, 1), easel.strokes, count(easel.labels, 2)]).toEqual([1, 1, 0]);
    const across = Array.from({ length: 32 }, (_, row) => easel.labels.data[row * 32 + 14]!);
    expect(across.reduce((sum, value) => sum + value, 0)).toBe(3);
  });

  it("joins neither two classes, nor a shape with itself, nor locked ones, and leaves locked pixels between", () => {
    const easel = easelWith([1, 4, 4, 10, 14], [2, 18, 4, 26, 14], [1, 18, 18, 26, 28]);
    const tool = bridgeTool(easel);
    const before = easel.labels.data.slice();
    play(tool, [
      ["down", 5, 5],
      ["up", 20, 5],
      ["down", 5, 5],
      ["up", 8, 12],
      ["down", 5, 5],
      ["up", 1, 1],
    ]);
    easel.isLocked = (value) => value === 1;
    play(tool, [
      ["down", 5, 5],
      ["up", 20, 20],
    ]);
    expect([easel.strokes, easel.labels.data]).toEqual([0, before]);
    easel.isLocked = (value) => value === 2;
    paintMask(easel.labels, rectangleMask(easel.labels, { x: 13, y: 0 }, { x: 15, y: 32 }), 2);
    play(tool, [
      ["down", 5, 5],
      ["up", 20, 20],
    ]);
    expect([easel.strokes, count(easel.labels, 2)]).toEqual([1, 64 + 80]);
  });
});

describe("measuring", () => {
  it("a drag is a length, three clicks an angle, a click on a class its area; nothing is painted", () => {
    const easel = easelWith([2, 4, 4, 24, 14]);
    play(lengthTool(easel), [
      ["down", 1, 2],
      ["move", 4, 4],
      ["up", 7, 3],
      ["down", 5, 5],
      ["up", 5, 5],
    ]);
    play(angleTool(easel), [["down", 1, 1], ["up", 1, 1], ["down", 9, 1], ["back"], ["down", 5, 1], ["hover", 5, 9]]);
    expect(easel.measures.draft).toEqual({
      kind: "angle",
      first: { x: 1, y: 1 },
      vertex: { x: 5, y: 1 },
      second: { x: 5, y: 9 },
    });
    const angle = angleTool(easel);
    play(angle, [
      ["down", 1, 1],
      ["down", 5, 1],
      ["down", 5, 9],
    ]);
    play(areaTool(easel), [
      ["down", 30, 30],
      ["down", 5.5, 6.5],
    ]);
    expect(easel.measures.drawn).toEqual([
      { kind: "length", from: { x: 1, y: 2 }, to: { x: 7, y: 3 } },
      { kind: "angle", first: { x: 1, y: 1 }, vertex: { x: 5, y: 1 }, second: { x: 5, y: 9 } },
      { kind: "area", at: { x: 5.5, y: 6.5 }, value: 2 },
    ]);
    expect([easel.strokes, angle.isBusy]).toEqual([0, false]);
  });
});
