/** @file Tools that paint a region at once: shapes, lasso, polygon, live wire, wand, fill. */
import { describe, expect, it } from "vitest";
import {
  createMask,
  ellipseMask,
  type Frame,
  Livewire,
  type Mask,
  polygonMask,
  rectangleMask,
  regionOfIntensity,
} from "../../../src-main/voxels/index.ts";
import { fillTool } from "./fill/index.ts";
import { lassoTool } from "./lasso/index.ts";
import { livewireTool } from "./livewire/index.ts";
import { brushTool } from "./paint/index.ts";
import { count, createEasel, play, type Step } from "./play.ts";
import { polygonTool } from "./polygon/index.ts";
import { ellipseTool, rectangleTool } from "./shape/index.ts";
import { wandTool } from "./wand/index.ts";

const size = { width: 32, height: 32 };
const painted = (mask: Mask, value = 2): number[] => Array.from(mask.data, (each) => each * value);

/** Brightness grows from the left, 4 a column. */
const ramp: Frame = {
  ...size,
  channels: 1,
  sampleType: "uint8",
  data: Uint8Array.from({ length: 1024 }, (_, index) => 4 * (index % 32)),
  photometric: "MONOCHROME2",
  rescaleSlope: 1,
  rescaleIntercept: 0,
  window: null,
  spacing: null,
};

describe("rectangle and ellipse", () => {
  it.each([
    ["rectangle", rectangleTool, rectangleMask],
    ["ellipse", ellipseTool, ellipseMask],
  ])("the %s is painted at release, in one edit, and sketched before", (kind, create, maskOf) => {
    const easel = createEasel();
    const tool = create(easel);
    expect(
      play(tool, [
        ["down", 20, 22],
        ["move", 4, 3],
      ]),
    ).toEqual(["stretching", "stretching"]);
    expect(easel.sketch).toEqual({ kind, from: { x: 20, y: 22 }, to: { x: 4, y: 3 } });
    expect(count(easel.labels, 2)).toBe(0);
    play(tool, [["up", 5, 3.5]]);
    expect([...easel.labels.data]).toEqual(painted(maskOf(size, { x: 20, y: 22 }, { x: 5, y: 3.5 })));
    expect([easel.strokes, easel.sketch, tool.isBusy]).toEqual([1, null, false]);
  });

  it("escape leaves nothing; a click paints nothing and is no edit", () => {
    const easel = createEasel();
    play(rectangleTool(easel), [["down", 3, 3], ["move", 9, 9], ["cancel"], ["up", 9, 9]]);
    play(ellipseTool(easel), [
      ["down", 3, 3],
      ["up", 3, 3],
    ]);
    expect([count(easel.labels, 2), easel.strokes, easel.sketch]).toEqual([0, 0, null]);
  });

  it("with alt it takes away the chosen class alone", () => {
    const easel = createEasel();
    easel.labels.data.fill(2, 0, 512).fill(1, 512);
    play(rectangleTool(easel), [
      ["down", 0, 14],
      ["up", 32, 18, "alt"],
    ]);
    expect([count(easel.labels, 2), count(easel.labels, 1), count(easel.labels, 0)]).toEqual([448, 512, 64]);
  });
});

describe("a picture or tool that goes", () => {
  it("closes an open outline, for corners set are work; two corners are none", () => {
    const [easel, empty] = [createEasel(), createEasel()];
    const corners: Step[] = [
      ["down", 4, 4],
      ["up", 4, 4],
      ["down", 20, 4],
      ["up", 20, 4],
    ];
    play(polygonTool(empty), [...corners, ["leave"]]);
    expect([empty.strokes, empty.sketch]).toEqual([0, null]);
    const tool = polygonTool(easel);
    play(tool, [...corners, ["down", 20, 20], ["leave"]]);
    const outline = [
      { x: 4, y: 4 },
      { x: 20, y: 4 },
      { x: 20, y: 20 },
    ];
    expect([...easel.labels.data]).toEqual(painted(polygonMask(size, outline)));
    expect([easel.strokes, easel.sketch, tool.isBusy]).toEqual([1, null, false]);
  });
});

describe("locks and limits", () => {
  it("no tool changes a locked class", () => {
    for (const create of [brushTool, rectangleTool, lassoTool, polygonTool, fillTool]) {
      const easel = createEasel();
      easel.labels.data.fill(1, 0, 512);
      easel.isLocked = (value) => value === 1;
      play(create(easel), [
        ["down", 2, 2],
        ["move", 30, 2],
        ["down", 30, 30],
        ["move", 30, 30],
        ["up", 2, 30],
        ["complete"],
      ]);
      expect(count(easel.labels, 1)).toBe(512);
    }
  });

  it("the brush keeps to the pixels that its limit allows", () => {
    const easel = createEasel();
    easel.brushLimit = (index) => index % 32 < 10;
    play(brushTool(easel), [
      ["down", 9, 9],
      ["move", 20, 9],
      ["up", 20, 9],
    ]);
    expect(count(easel.labels, 2)).toBeGreaterThan(10);
    expect(easel.labels.data.every((value, index) => value === 0 || index % 32 < 10)).toBe(true);
  });
});

describe("lasso", () => {
  it("paints what the line goes around", () => {
    const easel = createEasel();
    const line = [
      { x: 3, y: 3 },
      { x: 25, y: 6 },
      { x: 14, y: 28 },
    ];
    play(lassoTool(easel), [
      ["down", 3, 3],
      ["move", 25, 6],
      ["up", 14, 28],
    ]);
    expect([...easel.labels.data]).toEqual(painted(polygonMask(size, line)));
    expect(easel.strokes).toBe(1);
  });
});

describe("polygon", () => {
  const corners = [
    { x: 3, y: 3 },
    { x: 28, y: 5 },
    { x: 20, y: 29 },
  ];
  const clicks = (...points: { x: number; y: number }[]) =>
    points.flatMap(
      ({ x, y }) =>
        [
          ["down", x, y],
          ["up", x, y],
        ] as ["down" | "up", number, number][],
    );

  it("closes by Enter", () => {
    const easel = createEasel();
    const tool = polygonTool(easel);
    play(tool, [...clicks(...corners), ["hover", 9, 9]]);
    expect(easel.sketch).toMatchObject({ kind: "path", points: [...corners, { x: 9, y: 9 }], handles: corners });
    play(tool, [["complete"]]);
    expect([...easel.labels.data]).toEqual(painted(polygonMask(size, corners)));
    expect([easel.strokes, easel.sketch, tool.isBusy]).toEqual([1, null, false]);
  });

  it("closes by a click on the first corner, and by a double click", () => {
    for (const end of [clicks({ x: 5, y: 4 }), [...clicks(corners[2]!), ["complete"] as ["complete"]]]) {
      const easel = createEasel();
      play(polygonTool(easel), [...clicks(...corners), ...end]);
      expect([...easel.labels.data]).toEqual(painted(polygonMask(size, corners)));
    }
  });

  it("takes corners back one by one, and begins anew after the first", () => {
    const easel = createEasel();
    const tool = polygonTool(easel);
    play(tool, [...clicks(...corners, { x: 1, y: 1 }), ["back"], ["complete"]]);
    expect([...easel.labels.data]).toEqual(painted(polygonMask(size, corners)));
    expect(play(tool, [["down", 9, 9], ["back"]]).at(-1)).toBe("idle");
    expect(easel.sketch).toBeNull();
  });

  it("escape drops the outline", () => {
    const easel = createEasel();
    play(polygonTool(easel), [...clicks(...corners), ["cancel"], ["complete"]]);
    expect([count(easel.labels, 2), easel.strokes, easel.sketch]).toEqual([0, 0, null]);
  });
});

describe("live wire", () => {
  it("runs between corners as the voxels' wire does", () => {
    const easel = createEasel(ramp);
    const tool = livewireTool(easel);
    play(tool, [
      ["down", 4.5, 4.5],
      ["up", 4.5, 4.5],
      ["hover", 25, 20],
    ]);
    const expected = new Livewire(ramp).from({ x: 4.5, y: 4.5 }).pathTo({ x: 25, y: 20 });
    expect(easel.sketch).toMatchObject({ points: expected.map(({ x, y }) => ({ x: x + 0.5, y: y + 0.5 })) });
    play(tool, [["down", 25, 20], ["up", 25, 20], ["down", 6, 27], ["up", 6, 27], ["complete"]]);
    expect(count(easel.labels, 2)).toBeGreaterThan(60);
    expect(easel.strokes).toBe(1);
  });
});

describe("wand", () => {
  it("takes what looks like the pixel, more when dragged to the right, and keeps the tolerance", () => {
    const easel = createEasel(ramp);
    const tool = wandTool(easel);
    play(tool, [["down", 16.5, 16.5]]);
    expect([...easel.labels.data]).toEqual(painted(regionOfIntensity(ramp, { x: 16, y: 16 }, 10)));
    play(tool, [["move", 116.5, 16.5]]);
    expect(easel.wandTolerance).toBeCloseTo(20, 9);
    expect([...easel.labels.data]).toEqual(painted(regionOfIntensity(ramp, { x: 16, y: 16 }, 20)));
    play(tool, [
      ["move", 16.5, 16.5],
      ["up", 16.5, 16.5],
    ]);
    expect([...easel.labels.data]).toEqual(painted(regionOfIntensity(ramp, { x: 16, y: 16 }, 10)));
    expect(easel.strokes).toBe(1);
  });

  it("escape restores pixels and tolerance", () => {
    const easel = createEasel(ramp);
    play(wandTool(easel), [["down", 16, 16], ["move", 90, 16], ["cancel"], ["up", 90, 16]]);
    expect([count(easel.labels, 2), easel.strokes, easel.wandTolerance]).toEqual([0, 0, 10]);
  });
});

describe("fill", () => {
  it("gives the class to what hangs together, and with alt takes the region away", () => {
    const easel = createEasel();
    const ring = createMask(32, 32);
    ring.data.set(rectangleMask(size, { x: 5, y: 5 }, { x: 20, y: 20 }).data);
    ring.data.forEach((each, index) => (easel.labels.data[index] = each));
    play(fillTool(easel), [
      ["down", 7, 7],
      ["up", 7, 7],
    ]);
    expect([count(easel.labels, 2), count(easel.labels, 1)]).toEqual([225, 0]);
    play(fillTool(easel), [
      ["down", 7, 7, "alt"],
      ["down", 40, 7],
    ]);
    expect([count(easel.labels, 0), easel.strokes]).toEqual([1024, 2]);
  });
});
