import { expect, test } from "vitest";
import { methods, presetsOf } from "./index.ts";
import { boolean, choice, number, parseSettings } from "./settings.ts";

const shape = {
  size: number({
    label: "Size",
    help: "Side in pixels.",
    default: 64,
    min: 16,
    max: 256,
    integer: true,
    multipleOf: 16,
  }),
  rate: number({ label: "Rate", help: "Per step.", default: 0.1, min: 0, max: 1 }),
  flip: boolean({ label: "Flip", help: "Mirror.", default: true }),
  schedule: choice({ label: "Schedule", help: "Of the rate.", default: "poly", options: ["poly", "cosine"] }),
};

test("defaults fill in what is not given", () => {
  expect(parseSettings("m", shape, { size: 32 })).toEqual({ size: 32, rate: 0.1, flip: true, schedule: "poly" });
});

test.each([
  [{ size: 50 }, "m: size = 50 is not possible. Expected a multiple of 16 from 16 to 256. Side in pixels."],
  [{ size: 512 }, "size = 512"],
  [{ rate: NaN }, "Expected a number from 0 to 1"],
  [{ rate: "0.1" }, "rate = 0.1"],
  [{ flip: 1 }, "Expected true or false"],
  [{ schedule: "step" }, "Expected one of poly, cosine"],
  [{ constructor: 1 }, "there is no setting constructor. Settings: size, rate, flip, schedule."],
])("%o is refused with its name and what is possible", (given, message) => {
  expect(() => parseSettings("m", shape, given as never)).toThrow(message);
});

test("a setting describes itself for a form", () => {
  expect(shape.size.field("size")).toEqual({
    kind: "number",
    key: "size",
    label: "Size",
    help: "Side in pixels.",
    default: 64,
    min: 16,
    max: 256,
    integer: true,
  });
});

const volumes = { labelled: 2, validated: 1, unlabelled: 9, leftOut: 0, longest: 40, apart: null, broken: [] };
const facts = {
  labelled: 10,
  shown: 10,
  validated: 2,
  unlabelled: 300,
  classes: [],
  gray: 312,
  color: 0,
  side: 512,
  volumes,
};

test.each(methods)("every preset of $id holds settings that it accepts", (method) => {
  const presets = presetsOf(method);
  for (const { settingsFor } of presets) {
    const settings = settingsFor(facts, { cores: 2, memoryBytes: 8e9 });
    expect(method.parse(settings)).toMatchObject(settings);
  }
  expect(new Set(presets.map(({ id }) => id)).size).toBe(presets.length);
});
