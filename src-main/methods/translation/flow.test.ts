import { expect, it } from "vitest";
import { encodeSafetensors } from "../../engine/safetensors.ts";
import { describeTranslation } from "./model-file.ts";
import type { Mode } from "./modes.ts";
import type { TranslationShape } from "./networks.ts";
import { startFrom } from "./start.ts";
import { mostLevels, shapeOf, translationSettings } from "./settings.ts";
import { registrationLevels } from "../../networks/index.ts";
import { parseSettings } from "../settings.ts";
import { flowColors, flowFigures } from "./flow.ts";

const SIZE = 8;
/** `[2, SIZE, SIZE]`, rows first. */
const flowOf = (at: (row: number, column: number) => [down: number, across: number]): Float32Array => {
  const area = SIZE * SIZE;
  const flow = new Float32Array(2 * area);
  for (let place = 0; place < area; place++) {
    [flow[place], flow[area + place]] = at(Math.floor(place / SIZE), place % SIZE);
  }
  return flow;
};

it("a constant flow has its mean and folds nowhere; one that turns columns round folds everywhere", () => {
  const still = flowOf(() => [3, -4]);
  expect(flowFigures(still, SIZE)).toEqual({ flowDown: 3, flowAcross: -4, flowLargest: 5, flowFolds: 0 });
  expect(
    flowFigures(
      flowOf((_, column) => [0, -2 * column]),
      SIZE,
    )["flowFolds"],
  ).toBe(1);
  expect(
    flowFigures(
      flowOf((row) => [-0.5 * row, 0]),
      SIZE,
    )["flowFolds"],
  ).toBe(0);
});

it("what does not move is black; opposite directions have other colors", () => {
  expect(
    flowColors(
      flowOf(() => [0, 0]),
      SIZE,
    )(0),
  ).toEqual([0, 0, 0]);
  const colors = [1, -1].map((across) =>
    flowColors(
      flowOf(() => [0, 4 * across]),
      SIZE,
    )(0),
  );
  expect(colors[0]![0]).toBe(255);
  expect(colors[1]![0]).toBe(0);
});

it("the registration has as many levels as the networks' own rule allows; more are refused in a sentence", () => {
  for (const size of [16, 32, 64, 96, 128, 256, 512]) {
    expect(mostLevels(size)).toBe(Math.min(7, registrationLevels(size, size)));
    const settings = parseSettings("reggan", translationSettings, { size, discriminatorHalvings: 2 });
    expect(shapeOf(settings, "reggan").registration.down).toHaveLength(mostLevels(size));
  }
  const asked = parseSettings("reggan", translationSettings, { size: 128, registrationLevels: 7 });
  expect(() => shapeOf(asked, "reggan")).toThrow("A registration of 7 levels needs images of at least 256 pixels");
});

it("where nothing registers, no registration is asked for, nor keeps a training from going on", () => {
  const given = { size: 128, registrationLevels: 7 };
  const settings = parseSettings("cyclegan", translationSettings, given);
  for (const mode of ["cyclegan", "nc", "pix2pix"] as const)
    expect(shapeOf(settings, mode).registration.down).toEqual([]);
  const modalities = { source: "T1", target: "T2", kind: "unpaired" } as const;
  const weightsOf = (mode: Mode, shape: TranslationShape) => {
    const about = { method: "reggan", mode, shape, modalities } as const;
    return encodeSafetensors({ tensors: {}, metadata: describeTranslation(about) });
  };
  const other = (mode: Mode) =>
    shapeOf(
      parseSettings("reggan", translationSettings, { size: 128, registrationBlocks: 1, registrationWidth: 8 }),
      mode,
    );
  const start = (mode: Mode) =>
    startFrom(weightsOf(mode, shapeOf({ ...settings, registrationLevels: 3 }, mode)), { mode, shape: other(mode) });
  expect(start("cyclegan")).toEqual({});
  expect(() => start("reggan")).toThrow("Training cannot start from this model.");
});
