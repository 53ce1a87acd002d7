import { describe, expect, it } from "vitest";
import { createLabelMap, stampDisc } from "../../../src-main/voxels/index.ts";
import { brushTool, eraserTool } from "./paint/index.ts";
import { panTool } from "./pan/index.ts";
import { count, createEasel, play, type Step } from "./play.ts";
import { windowTool } from "./window/index.ts";

describe("brush", () => {
  it("paints one stroke from down to up", () => {
    const easel = createEasel();
    const states = play(brushTool(easel), [
      ["move", 1, 1],
      ["down", 8, 8],
      ["move", 20, 8],
      ["up", 20, 8],
      ["move", 30, 30],
    ]);
    expect(states).toEqual(["idle", "painting", "painting", "idle", "idle"]);
    expect(easel.strokes).toBe(1);
    expect(easel.labels.data[8 * 32 + 14]).toBe(2);
    expect(easel.labels.data[30 * 32 + 30]).toBe(0);
  });

  it("paints a dot by a click, as the voxels' brush does", () => {
    const easel = createEasel();
    const expected = createLabelMap(32, 32);
    stampDisc(expected, { x: 8, y: 9 }, 3, 2);
    play(brushTool(easel), [
      ["down", 8, 9],
      ["up", 8, 9],
    ]);
    expect(easel.labels.data).toEqual(expected.data);
  });

  it("escape restores the pixels and commits nothing", () => {
    const easel = createEasel();
    stampDisc(easel.labels, { x: 10, y: 10 }, 4, 1);
    const before = easel.labels.data.slice();
    const states = play(brushTool(easel), [["down", 9, 9], ["move", 25, 25], ["cancel"], ["move", 3, 3], ["up", 3, 3]]);
    expect(states.at(-1)).toBe("idle");
    expect(easel.labels.data).toEqual(before);
    expect(easel.strokes).toBe(0);
  });

  it("a picture that goes leaves the stroke as if let go; the rest of the drag paints nothing", () => {
    const [easel, letGo] = [createEasel(), createEasel()];
    const begun: Step[] = [
      ["down", 9, 9],
      ["move", 20, 12],
    ];
    expect(play(brushTool(easel), [...begun, ["leave"], ["move", 30, 30], ["up", 30, 30]]).at(-1)).toBe("idle");
    play(brushTool(letGo), [...begun, ["up", 20, 12]]);
    expect(easel.labels.data).toEqual(letGo.labels.data);
    expect(easel.strokes).toBe(1);
  });

  it("a stroke that changes nothing is no edit", () => {
    const easel = createEasel();
    play(brushTool(easel), [
      ["down", -50, -50],
      ["up", -40, -40],
    ]);
    expect(easel.strokes).toBe(0);
  });

  it("the eraser sets background", () => {
    const easel = createEasel();
    stampDisc(easel.labels, { x: 10, y: 10 }, 6, 1);
    play(eraserTool(easel), [
      ["down", 10, 10],
      ["up", 10, 10],
    ]);
    expect(easel.labels.data[10 * 32 + 10]).toBe(0);
    expect(count(easel.labels, 1)).toBeGreaterThan(0);
    expect(easel.strokes).toBe(1);
  });

  it("does nothing without an image", () => {
    const easel = { ...createEasel(), labels: null };
    expect(play(brushTool(easel), [["down", 8, 8]])).toEqual(["idle"]);
  });
});

describe("pan and window", () => {
  it("moves the image with the pointer, and back on escape", () => {
    const easel = createEasel();
    const tool = panTool(easel);
    play(tool, [
      ["down", 10, 10],
      ["move", 15, 4],
      ["up", 15, 4],
    ]);
    expect(easel.viewport).toMatchObject({ scale: 1, offsetX: 5, offsetY: -6 });
    play(tool, [["down", 0, 0], ["move", 99, 99], ["cancel"]]);
    expect(easel.viewport).toMatchObject({ scale: 1, offsetX: 5, offsetY: -6 });
  });

  it("dragging right widens the window, down raises its center; the width stays a width", () => {
    const easel = createEasel();
    const tool = windowTool(easel);
    expect(
      play(tool, [
        ["down", 0, 0],
        ["move", 30, 30],
        ["up", 30, 30],
      ]),
    ).toEqual(["adjusting", "adjusting", "idle"]);
    expect(easel.window.width).toBeGreaterThan(256);
    expect(easel.window.center).toBeGreaterThan(128);
    play(tool, [
      ["down", 0, 0],
      ["move", -10_000, 0],
      ["up", -10_000, 0],
    ]);
    expect(easel.window.width).toBe(1);
  });
});
