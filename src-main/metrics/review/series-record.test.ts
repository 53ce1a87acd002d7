import { expect, test } from "vitest";
import { describeSeries, judgeSeries, type UsualSeriesClass, usualSeries } from "./series-record.ts";

const SIZE = [4, 6, 8] as const;
const AREA = 48;

/** Class values of a series: boxes `[class, z, y, x, slices, rows, columns]`. */
function boxes(...list: (readonly number[])[]): Uint8Array {
  const labels = new Uint8Array(SIZE[0] * AREA);
  for (const [value, z, y, x, depth, height, width] of list as number[][]) {
    for (let slice = z!; slice < z! + depth!; slice++) {
      for (let row = y!; row < y! + height!; row++) {
        labels.fill(value!, slice * AREA + row * 8 + x!, slice * AREA + row * 8 + x! + width!);
      }
    }
  }
  return labels;
}

/** A network that is sure of these labels. */
function sureOf(labels: Uint8Array, classes: readonly number[], p = 0.9): Float32Array {
  const planes = 1 + classes.length;
  const said = new Float32Array(planes * labels.length).fill((1 - p) / (planes - 1));
  labels.forEach((value, voxel) => (said[(classes.indexOf(value) + 1) * labels.length + voxel] = p));
  return said;
}

const judge = (labels: Uint8Array, usual: UsualSeriesClass[], student = labels, classes: readonly number[] = [1]) => [
  ...judgeSeries(
    {
      size: SIZE,
      teacher: sureOf(labels, classes),
      student: sureOf(student, classes),
      views: [labels, labels].map((view) => view.map((value) => classes.indexOf(value) + 1)),
      classes,
      scale: 4,
    },
    usual,
  ),
];

test("a slice has its own figures, and the pieces of the whole series", () => {
  // One piece: two squares of the last slices, joined in the first; and a voxel apart.
  const labels = boxes([1, 0, 1, 1, 1, 1, 6], [1, 1, 1, 1, 2, 1, 2], [1, 1, 1, 5, 2, 1, 2], [1, 2, 5, 7, 1, 1, 1]);
  const other = boxes([1, 0, 1, 1, 1, 1, 6], [1, 1, 1, 1, 2, 1, 2]);
  const slices = judge(labels, [], other);
  expect(slices).toHaveLength(4);
  const of = (index: number) => slices[index]!.figures.classes[0]!;
  expect([0, 1, 2, 3].map((index) => of(index).area)).toEqual([24, 16, 20, 0]);
  // In the plane they would be two of one size each: half of the class would count as removed.
  expect([0, 1, 2, 3].map((index) => of(index).removedFraction)).toEqual([0, 0, 1 / 5, 0]);
  expect([0, 1, 2, 3].map((index) => of(index).components)).toEqual([1, 1, 2, 0]);
  expect(of(0)).toMatchObject({ hardDice: 1, viewDice: 1 });
  expect(of(1).hardDice).toBeCloseTo(4 / 6);
  expect(of(1)).toMatchObject({ areaZ: null, placeZ: null, elongationZ: null });
  const { figures, entropy, disagreement } = slices[1]!;
  expect(figures).toMatchObject({ views: 2, series: { slices: 4, labelled: 0, leftOut: ["elongation"] }, flags: [] });
  expect([entropy.length, disagreement!.divergence.length]).toEqual([AREA, AREA]);
  expect(disagreement!.isOther.reduce((sum, one) => sum + one, 0)).toBe(2);
});

test("what is unlike labelled series is flagged on the slices that show it", () => {
  const labelled = [0, 1, 0, 1, 2].map((x) => boxes([1, 1, 1, x, 2, 2, 3], [2, 0, 0, 0, 1, 1, 1]));
  const usual = usualSeries(
    labelled.map((labels) => describeSeries(labels, SIZE, [1, 2])),
    [1, 2],
  );
  expect(usual[0]).toMatchObject({ series: 5, enclosedBy: null });
  expect(usual[0]!.shapes[0]).toEqual({ area: 12 / AREA, x: 1.5 / 8, y: 2 / 6, removedFraction: 0 });

  const kinds = (labels: Uint8Array) =>
    judge(labels, usual, labels, [1, 2]).map(({ figures }) =>
      figures.flags.map(({ kind, value }) => `${kind} ${value}`),
    );
  expect(kinds(labelled[1]!)).toEqual([[], [], [], []]);
  // Twice the size, elsewhere; class 2 is nowhere, which every slice tells.
  const large = kinds(boxes([1, 1, 1, 4, 2, 4, 3]));
  expect(large).toEqual([
    ["missing 2"],
    ["area 1", "place 1", "missing 2"],
    ["area 1", "place 1", "missing 2"],
    ["missing 2"],
  ]);
  // Two voxels on a slice of their own are all of it that lies apart.
  const apart = kinds(boxes([1, 1, 1, 0, 2, 2, 3], [2, 0, 0, 0, 1, 1, 1], [1, 0, 4, 1, 1, 1, 1]));
  expect(apart[0]).toContain("fragments 1");
  expect(apart[1]).toEqual([]);
});

test("a class that another one encloses on all labelled slices has to be enclosed", () => {
  const ring = (gap: boolean) =>
    boxes(
      [2, 0, 0, 0, 4, 5, 5],
      [1, 0, 1, 1, 4, 3, 3],
      ...(gap
        ? [
            [0, 2, 0, 0, 1, 5, 1],
            [0, 2, 0, 1, 1, 1, 3],
          ]
        : []),
    );
  const usual = usualSeries(
    [0, 1].map(() => describeSeries(ring(false), SIZE, [1, 2])),
    [1, 2],
  );
  expect(usual.map(({ enclosedBy }) => enclosedBy)).toEqual([2, null]);
  const flags = judge(ring(true), usual, ring(true), [1, 2]).map(({ figures }) => figures.flags);
  expect(flags.map((own) => own.length)).toEqual([0, 0, 1, 0]);
  expect(flags[2]![0]).toMatchObject({ kind: "enclosure", value: 1, by: 2, share: 0.5 });
});
