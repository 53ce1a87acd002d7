/** @file Bilinear sampling: the warp's golden values and border rules, grids that change nothing, repeatable scattering. */
import { describe, expect, it } from "vitest";
import {
  bilinearScatter,
  defineProgram,
  gradients,
  gridSample,
  input,
  sumOver,
  warp,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { evaluate } from "./evaluate.ts";

const [HEIGHT, WIDTH] = [3, 4];
const squares = Float32Array.from({ length: HEIGHT * WIDTH }, (_, at) => at * at);
const image = input("image", { shape: [1, 1, HEIGHT, WIDTH] });
const flow = input("flow", { shape: [1, 2, HEIGHT, WIDTH] });

/** The same movement everywhere. */
const uniform = (rows: number, columns: number) =>
  Float32Array.from({ length: 2 * HEIGHT * WIDTH }, (_, at) => (at < HEIGHT * WIDTH ? rows : columns));

/** Values, and the gradient of their sum by the flow. */
async function warped(movement: Float32Array) {
  const y = warp(image, flow);
  const [slope] = gradients(sumOver(y), [flow]) as [Tensor];
  const values = await evaluate({ y, slope }, [image, flow], { image: squares, flow: movement });
  const inRows = (data: Float32Array) =>
    Array.from({ length: data.length / WIDTH }, (_, row) =>
      [...data.slice(row * WIDTH, (row + 1) * WIDTH)].map((value) => Number(value.toFixed(3)) + 0),
    );
  const slopes = inRows(values["slope"]!.data as Float32Array);
  return {
    y: inRows(values["y"]!.data as Float32Array),
    byRows: slopes.slice(0, HEIGHT),
    byColumns: slopes.slice(HEIGHT),
  };
}

it("scattering to positions that are not numbers gives NaN, so that a training can say what broke", async () => {
  const position = input("position", { shape: [1, 2, HEIGHT, WIDTH] });
  const scattered = bilinearScatter(image, position, { padding: "border", size: [2, 2] });
  const feeds = { image: squares, position: new Float32Array(2 * HEIGHT * WIDTH).fill(NaN) };
  const values = await evaluate({ scattered }, [image, position], feeds);
  expect([...(values["scattered"]!.data as Float32Array)].some(Number.isNaN)).toBe(true);
});

describe("warp", () => {
  it("reads the image at moved positions, the border continued", async () => {
    const { y, byColumns } = await warped(uniform(0.25, -0.5));
    expect(y).toEqual([
      [4, 5.5, 9.5, 15.5],
      [28, 33.5, 45.5, 59.5],
      [64, 72.5, 90.5, 110.5],
    ]);
    // Left of the first column's center nothing changes with the movement.
    expect(byColumns.map(([first]) => first)).toEqual([0, 0, 0]);
  });

  it("by whole pixels moves the image against the flow, rows by its first channel, the last one repeated", async () => {
    const row = (at: number) => [...squares.slice(at * WIDTH, (at + 1) * WIDTH)];
    expect((await warped(uniform(1, 0))).y).toEqual([row(1), row(2), row(2)]);
    expect((await warped(uniform(-1, 0))).y).toEqual([row(0), row(0), row(1)]);
    const right = ([, ...others]: number[]) => [...others, others.at(-1)];
    expect((await warped(uniform(0, 1))).y).toEqual([0, 1, 2].map((at) => right(row(at))));
  });

  it("at a flow of 0 has the slope to the right and below, and none along the border", async () => {
    const { y, byRows, byColumns } = await warped(uniform(0, 0));
    expect(y.flat()).toEqual([...squares]);
    const at = (row: number, column: number) => squares[row * WIDTH + column]!;
    const expected = (isBorder: (row: number, column: number) => boolean, rowStep: number, columnStep: number) =>
      Array.from({ length: HEIGHT }, (_, row) =>
        Array.from({ length: WIDTH }, (_, column) =>
          isBorder(row, column) ? 0 : at(row + rowStep, column + columnStep) - at(row, column),
        ),
      );
    expect(byRows).toEqual(expected((row) => row === 0 || row === HEIGHT - 1, 1, 0));
    expect(byColumns).toEqual(expected((_, column) => column === 0 || column === WIDTH - 1, 0, 1));
  });

  it("gives positions outside the image the border's values and no slope", async () => {
    const { y, byRows, byColumns } = await warped(uniform(-9, 9));
    expect(y.flat()).toEqual(Array.from({ length: HEIGHT * WIDTH }, () => 9));
    expect([...byRows.flat(), ...byColumns.flat()].every((slope) => slope === 0)).toBe(true);
  });

  it("refuses a flow of another size", () => {
    expect(() => warp(image, input("flow", { shape: [1, 2, 4, 3] }))).toThrow(
      /flow of an image \[1, 1, 3, 4\] must be \[1, 2, 3, 4\], got \[1, 2, 4, 3\]/,
    );
  });
});

describe("gridSample", () => {
  const grid = input("grid", { shape: [1, HEIGHT, WIDTH, 2] });
  it.each([true, false])("returns the image at the grid of its own pixels, alignCorners %s", async (alignCorners) => {
    const center = (at: number, size: number) => (alignCorners ? (2 * at) / (size - 1) - 1 : (2 * at + 1) / size - 1);
    const own = Array.from({ length: HEIGHT * WIDTH }, (_, at) => [
      center(at % WIDTH, WIDTH),
      center(Math.floor(at / WIDTH), HEIGHT),
    ]).flat();
    for (const padding of ["zeros", "border"] as const) {
      const y = gridSample(image, grid, { padding, alignCorners });
      const values = await evaluate({ y }, [image, grid], { image: squares, grid: Float32Array.from(own) });
      const difference = values["y"]!.data as Float32Array;
      expect(Math.max(...difference.map((value, at) => Math.abs(value - squares[at]!)))).toBeLessThan(1e-4);
    }
  });

  it("fades to zero, or not, beyond the image", async () => {
    const outside = Float32Array.from({ length: 2 * HEIGHT * WIDTH }, () => 3);
    const both = {
      zeros: gridSample(image, grid, { padding: "zeros" }),
      border: gridSample(image, grid, { padding: "border" }),
    };
    const { zeros, border } = await evaluate(both, [image, grid], { image: squares, grid: outside });
    expect((zeros!.data as Float32Array).every((value) => value === 0)).toBe(true);
    expect((border!.data as Float32Array).every((value) => value === 121)).toBe(true);
  });
});

it("scattering adds every element, many to one pixel, with the same bits each time", async () => {
  const [side, count] = [2, 1 << 14];
  const dy = input("dy", { shape: [1, 1, 1, count] });
  const position = input("position", { shape: [1, 2, 1, count] });
  const image = bilinearScatter(dy, position, { size: [side, side], padding: "border" });
  const feeds = {
    dy: Float32Array.from({ length: count }, (_, at) => 1 + (at % 7) / 8),
    position: Float32Array.from({ length: 2 * count }, (_, at) => (at % 5) / 4),
  };
  // Two threads: additions must not get lost between them.
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: 2 });
  const scatter = await store.compile(defineProgram({ name: "scatter", outputs: { image } }));
  const values = (await scatter.run(feeds))["image"]!.data.slice() as Float32Array;
  expect((await scatter.run(feeds))["image"]!.data).toEqual(values);
  await store.release();
  const total = feeds.dy.reduce((sum, value) => sum + value, 0);
  expect(values.reduce((sum, value) => sum + value, 0) / total).toBeCloseTo(1, 5);
});
