import { describe, expect, it } from "vitest";
import { type Frame, windowOfRange } from "../../src-main/voxels/index.ts";
import {
  choiceOf,
  chosenWindow,
  currentOption,
  isAlike,
  type WindowChoice,
  windowOptions,
  withNumbers,
} from "./window-choice.ts";

function frameOf(changes: Partial<Frame> = {}): Frame {
  return {
    width: 2,
    height: 1,
    channels: 1,
    sampleType: "int16",
    data: Int16Array.of(-1000, 500),
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
    ...changes,
  };
}
const table = { first: 0, bits: 8, entries: Uint16Array.of(0, 255) };
const ct = frameOf({
  unit: "HU",
  window: { center: 40, width: 400 },
  windows: [{ center: 40, width: 400, explanation: "SOFT TISSUE" }, { table }],
});

describe("the menu", () => {
  it("lists the file's windows, the usual ones for HU, those of the pixels; each is the current one when chosen", () => {
    const options = windowOptions(ct);
    expect(options.slice(0, 3).map(({ key }) => key)).toEqual(["file 0", "file 1", "usual brain"]);
    expect(options.slice(-2).map(({ key }) => key)).toEqual(["auto", "full"]);
    for (const option of options.filter(({ key }) => key !== "usual mediastinum")) {
      expect(currentOption(choiceOf(option), ct)).toBe(option.key);
    }
    // The same numbers as the file's own.
    expect(currentOption({ kind: "own", window: { center: 40, width: 400 } }, ct)).toBe("file 0");
    expect(windowOptions(frameOf()).map(({ key }) => key)).toEqual(["auto", "full"]);
  });

  it("names what a frame opens with, and nothing for a window set by hand", () => {
    const opening: WindowChoice = { kind: "opening" };
    expect(currentOption(opening, ct)).toBe("file 0");
    const picture = frameOf({ sampleType: "uint8", data: Uint8Array.of(3, 9) });
    expect(currentOption(opening, picture)).toBe("full");
    expect(currentOption({ kind: "own", window: { center: 41, width: 400 } }, ct)).toBeNull();
    expect(currentOption({ kind: "own", window: { function: "SIGMOID", center: 40, width: 400 } }, ct)).toBeNull();
  });

  it("a window that the next slice lacks gives way to what that opens with", () => {
    expect(chosenWindow({ kind: "file", index: 1 }, ct)).toEqual({ table });
    const other = frameOf({ unit: "HU", window: { center: 50, width: 300 } });
    expect(chosenWindow({ kind: "file", index: 1 }, other)).toEqual({ center: 50, width: 300 });
    expect(currentOption({ kind: "file", index: 1 }, other)).toBe("file 0");
    expect(chosenWindow({ kind: "full" }, other)).toEqual(windowOfRange(-1000, 500));
  });
});

it("a window lasts in one case, and between cases where values have a unit", () => {
  expect(isAlike(ct, frameOf({ unit: "HU" }), false)).toBe(true);
  expect(isAlike(frameOf(), frameOf(), false)).toBe(false);
  expect(isAlike(frameOf(), frameOf(), true)).toBe(true);
  expect(isAlike(frameOf(), frameOf({ photometric: "MONOCHROME1" }), true)).toBe(false);
});

it("numbers that make no window are refused; those of a table start from the linear one like it", () => {
  expect(withNumbers({ center: 40, width: 400 }, { width: 0.5 })).toBeNull();
  expect(withNumbers({ center: 40, width: 400 }, { center: NaN })).toBeNull();
  const exact = { function: "LINEAR_EXACT", center: 0.5, width: 1 } as const;
  expect(withNumbers(exact, { width: 0.25 })).toEqual({ ...exact, width: 0.25 });
  expect(withNumbers(exact, { width: 0 })).toBeNull();
  expect(withNumbers({ table }, { center: 7 })).toEqual({ center: 7, width: 2 });
});

describe("windows kept in the project", () => {
  const kept = [
    { windowId: 3, name: "Our lung", modality: "CT", center: -550, width: 1400, function: "LINEAR" },
    { windowId: 5, name: "Soft sigmoid", modality: null, center: 40, width: 400, function: "SIGMOID" },
  ] as const;

  it("stand after those of the file, and each is the current one when chosen", () => {
    const options = windowOptions(ct, kept);
    expect(options.slice(0, 5).map(({ key }) => key)).toEqual(["file 0", "file 1", "kept 3", "kept 5", "usual brain"]);
    for (const option of options.filter(({ kind }) => kind === "kept")) {
      expect(currentOption(choiceOf(option), ct, kept)).toBe(option.key);
    }
  });

  it("keep their function: the same numbers as a linear window are another window", () => {
    const sigmoid = choiceOf(windowOptions(ct, kept)[3]!);
    expect(chosenWindow(sigmoid, ct)).toEqual({ center: 40, width: 400, function: "SIGMOID" });
    expect(currentOption({ kind: "own", window: { center: 40, width: 400 } }, ct, kept)).toBe("file 0");
  });

  it("one that was removed leaves its window, set by hand", () => {
    expect(currentOption(choiceOf(windowOptions(ct, kept)[2]!), ct)).toBeNull();
  });
});
