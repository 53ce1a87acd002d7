import { describe, expect, it } from "vitest";
import { createSamples, type Frame } from "../../../src-main/voxels/index.ts";
import { createEasel, play } from "./play.ts";
import { redactTool } from "./redact/index.ts";

const frame: Frame = {
  width: 32,
  height: 24,
  channels: 1,
  sampleType: "uint8",
  data: createSamples("uint8", 32 * 24),
  photometric: "MONOCHROME2",
  rescaleSlope: 1,
  rescaleIntercept: 0,
  window: null,
  spacing: null,
};

describe("redaction", () => {
  const suggestion = { x: 2, y: 2, width: 10, height: 4 };

  function withDraft() {
    const easel = createEasel(frame);
    easel.redaction.suggestions = [suggestion];
    return easel;
  }

  it("a drag adds the whole pixels it touches, cut to the image", () => {
    const easel = withDraft();
    const states = play(redactTool(easel), [
      ["down", 20.5, 10.2],
      ["move", 30, 20],
      ["up", 40, 15.5],
    ]);
    expect(states).toEqual(["spanning", "spanning", "idle"]);
    expect(easel.redaction.rectangles).toEqual([{ x: 20, y: 10, width: 12, height: 6 }]);
    expect(easel.redaction.spanned).toBeNull();
  });

  it("escape drops the rectangle that is drawn, not those before", () => {
    const easel = withDraft();
    const tool = redactTool(easel);
    play(tool, [
      ["down", 0, 0],
      ["up", 9, 9],
    ]);
    expect(play(tool, [["down", 10, 10], ["move", 20, 20], ["cancel"]])).toEqual(["spanning", "spanning", "idle"]);
    expect(easel.redaction.rectangles).toHaveLength(1);
    expect(easel.redaction.spanned).toBeNull();
  });

  it("a click accepts the suggestion under it; elsewhere it does nothing", () => {
    const easel = withDraft();
    const click = (x: number, y: number): void =>
      void play(redactTool(easel), [
        ["down", x, y],
        ["up", x + 1, y],
      ]);
    click(25, 20);
    expect(easel.redaction.rectangles).toEqual([]);
    click(4, 4);
    expect(easel.redaction.rectangles).toEqual([suggestion]);
    expect(easel.redaction.suggestions).toEqual([]);
  });

  it("does nothing outside of the image, or without one", () => {
    const easel = withDraft();
    play(redactTool(easel), [
      ["down", 50, 50],
      ["up", 90, 90],
    ]);
    expect(easel.redaction.rectangles).toEqual([]);
    expect(play(redactTool({ ...easel, frame: null }), [["down", 1, 1]])).toEqual(["idle"]);
  });
});
