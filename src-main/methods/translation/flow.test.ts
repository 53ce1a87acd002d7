import { expect, it } from "vitest";
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
    expect(shapeOf(settings).registration.down).toHaveLength(mostLevels(size));
  }
  const asked = parseSettings("reggan", translationSettings, { size: 128, registrationLevels: 7 });
  expect(() => shapeOf(asked)).toThrow("A registration of 7 levels needs images of at least 256 pixels");
});
