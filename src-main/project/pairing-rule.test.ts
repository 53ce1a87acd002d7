import { describe, expect, it } from "vitest";
import type { PairingRequest } from "../api/contract.ts";
import { remarksOf } from "./pairing-remarks.ts";
import { framesOfSide, type PairableFrame, pairImages } from "./pairing-rule.ts";

let nextId = 1;
const image = (caseId: number, fileName: string, more: Partial<PairableFrame> = {}): PairableFrame => {
  const frameId = nextId++;
  return {
    frameId,
    imageId: frameId,
    caseId,
    fileName,
    modality: null,
    seriesDescription: null,
    volumeId: null,
    grid: { width: 8, height: 8, spacing: null },
    ...more,
  };
};
/** Slices of one series, `step` mm apart from `first` on; without a step they have no place. */
const series = (
  caseId: number,
  description: string,
  count: number,
  { first = 0, step = 0, within = "one", tilt = 0 } = {},
): PairableFrame[] => {
  const volumeId = nextId;
  return Array.from({ length: count }, (_, index) =>
    image(caseId, `${description}-${index}.dcm`, {
      volumeId,
      seriesDescription: description,
      modality: "MR",
      grid: {
        width: 8,
        height: 8,
        spacing: { x: 1, y: 1 },
        frameOfReferenceUid: within,
        ...(step > 0 && {
          geometry: {
            origin: { x: 0, y: 0, z: first + index * step },
            columnDirection: { x: 1, y: 0, z: 0 },
            rowDirection: { x: 0, y: Math.cos(tilt), z: Math.sin(tilt) },
            sliceStep: null,
          },
        }),
      },
    }),
  );
};
/** Names in place of ids. */
const named = (frames: readonly PairableFrame[], request: PairingRequest): [string | null, string | null][] => {
  const nameOf = (id: number | null) => frames.find(({ frameId }) => frameId === id)?.fileName ?? null;
  return pairImages(frames, request).frames.map(({ source, target }) => [nameOf(source), nameOf(target)]);
};

describe("images that belong together", () => {
  const named4 = [
    image(1, "p1_t1_z1.png"),
    image(1, "p1_t1_z2.png"),
    image(1, "p1_t2_z2.png"),
    image(2, "p2_t2_z1.png"),
  ];

  it("differ in a part of their names and in nothing else", () => {
    expect(named(named4, { from: "T1", to: "t2" })).toEqual([
      ["p1_t1_z1.png", null],
      ["p1_t1_z2.png", "p1_t2_z2.png"],
      [null, "p2_t2_z1.png"],
    ]);
    // A part is one between separators.
    expect(() => pairImages([...named4, image(1, "p1_t12_z1.png")], { from: "t12", to: "1" })).toThrow(/known as 1/);
  });

  it("have the same in place of * of a pattern", () => {
    const frames = [image(1, "a.t1.png"), image(1, "b.t1.png"), image(1, "b.flair.png")];
    expect(named(frames, { from: "*.t1.png", to: "*.flair.png" })).toEqual([
      ["a.t1.png", null],
      ["b.t1.png", "b.flair.png"],
    ]);
  });

  it("are of the same patient and, by what they are called, of both modalities", () => {
    const of = (modality: string, caseId: number, name: string) => image(caseId, name, { modality });
    const frames = [
      of("T1", 1, "z1.png"),
      of("T2", 2, "z1.png"),
      of("T2", 1, "z1.png"),
      of("T1", 3, "a.png"),
      of("T2", 3, "b.png"),
    ];
    const { kind, rule } = pairImages(frames, { from: "T1", to: "T2" });
    expect({ kind, by: rule.by }).toEqual({ kind: "paired", by: "series" });
    expect(named(frames, { from: "T1", to: "T2" })).toEqual([
      ["z1.png", "z1.png"],
      ["a.png", "b.png"], // the only ones of their patient
      [null, "z1.png"],
    ]);
  });

  it("are what a table says; a file of a series stands for all of it", () => {
    const [a, b] = [series(1, "x", 2), series(1, "y", 2)];
    const table = [["x-1.dcm", "y-0.dcm"]] as const;
    expect(named([...a, ...b], { from: "A", to: "B", by: "table", table })).toEqual([
      ["x-0.dcm", "y-0.dcm"],
      ["x-1.dcm", "y-1.dcm"],
    ]);
    expect(() => pairImages(a, { from: "A", to: "B", by: "table" })).toThrow("The table of pairs is empty");
  });
});

describe("slices of two series", () => {
  it("are those of the same place; where there is none, there is no counterpart", () => {
    const frames = [...series(1, "T1", 4, { step: 2 }), ...series(1, "T2", 2, { first: 4, step: 2 })];
    const found = pairImages(frames, { from: "T1", to: "T2" });
    expect(named(frames, { from: "T1", to: "T2" })).toEqual([
      ["T1-0.dcm", null],
      ["T1-1.dcm", null], // a whole slice beyond the last one
      ["T1-2.dcm", "T2-0.dcm"],
      ["T1-3.dcm", "T2-1.dcm"],
    ]);
    expect(found).toMatchObject({ kind: "paired", byShare: 0 });
    const beside = [...series(3, "T1", 8, { step: 5 }), ...series(3, "T2", 5, { first: 2.5, step: 5 })];
    expect(named(beside, { from: "T1", to: "T2" }).map(([, target]) => target)).toEqual(
      ["0", "0", "1", "2", "3", "4", null, null].map((slice) => slice && `T2-${slice}.dcm`),
    );
    expect(pairImages(beside, { from: "T1", to: "T2" }).kind).toBe("loose");
    const same = [...series(2, "T1", 3, { step: 2 }), ...series(2, "T2", 3, { step: 2 })];
    expect(pairImages(same, { from: "T1", to: "T2" }).kind).toBe("paired");
  });

  it("go by their share of the series where no place is known, and that is told", () => {
    const frames = [...series(1, "T1", 4), ...series(1, "T2", 2)];
    expect(named(frames, { from: "T1", to: "T2" }).map(([, target]) => target)).toEqual(
      ["0", "0", "1", "1"].map((slice) => `T2-${slice}.dcm`),
    );
    expect(pairImages(frames, { from: "T1", to: "T2" })).toMatchObject({ kind: "loose", byShare: 4 });
  });
});

describe("places that cannot be compared", () => {
  const other = { first: 900, step: 2, within: "another" };
  const said = (frames: readonly PairableFrame[]) => {
    const found = pairImages(frames, { from: "PD", to: "CT" });
    return remarksOf(frames, found).find(({ text }) => text.includes("cannot be compared"))?.values;
  };

  it("are those in another frame of reference: slices go in their order, loosely, and that is told", () => {
    const frames = [...series(1, "PD", 3, { step: 2 }), ...series(1, "CT", 3, other)];
    expect(named(frames, { from: "PD", to: "CT" })).toEqual(
      [0, 1, 2].map((slice) => [`PD-${slice}.dcm`, `CT-${slice}.dcm`]),
    );
    expect(pairImages(frames, { from: "PD", to: "CT" })).toMatchObject({ kind: "loose", byShare: 0 });
    expect(said(frames)).toEqual({ images: 3, source: "PD", target: "CT" });
  });

  it("and those of planes that are tilted; not those of which no frame of reference is known", () => {
    const tilted = [...series(1, "PD", 2, { step: 2 }), ...series(1, "CT", 2, { step: 2, tilt: 0.3 })];
    expect(pairImages(tilted, { from: "PD", to: "CT" }).kind).toBe("loose");
    expect(said(tilted)).toMatchObject({ images: 2 });
    const unknown = [...series(1, "PD", 2, { step: 2 }), ...series(1, "CT", 2, { step: 2 })];
    for (const { grid } of unknown.slice(2)) grid.frameOfReferenceUid = null;
    expect(pairImages(unknown, { from: "PD", to: "CT" }).kind).toBe("paired");
    expect(said(unknown)).toBeUndefined();
  });

  it("planes that cross, and regions far apart, are no pairs, and the places are named as the reason", () => {
    const reason = /No image of PD shows the place of an image of CT/;
    const crossing = [...series(1, "PD", 2, { step: 2 }), ...series(1, "CT", 2, { step: 2, tilt: Math.PI / 2 })];
    const apart = [...series(1, "PD", 2, { step: 2 }), ...series(1, "CT", 2, { first: 900, step: 2 })];
    for (const frames of [crossing, apart]) expect(() => pairImages(frames, { from: "PD", to: "CT" })).toThrow(reason);
  });
});

describe("what cannot be paired", () => {
  const frames = [image(1, "a_t1.png"), image(2, "b_t2.png")];
  it.each([
    [{ from: "T1", to: "t1" }, /Both modalities are called T1/],
    [{ from: "CT", to: "t1" }, /No image of the project is known as CT/],
    [{ from: "t1", to: "t2" }, /No image of t1 has a counterpart of t2 of the same patient/],
    [{ from: "*", to: "*t2" }, /b_t2\.png is both \* and \*t2/],
  ] as const)("%j is said", (request, title) => expect(() => pairImages(frames, request)).toThrow(title));

  it("where nothing says what series show, the import that does is named", () => {
    expect(() => pairImages([image(1, "1.dcm", { modality: "MR" })], { from: "T1 axial", to: "T2" })).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/--clean-descriptors, or each series with --modality/) as string,
      }),
    );
  });

  it("a table that names no image as they are called is told of the table, not asked for", () => {
    const table = [
      ["a_t1.png", "x.png"],
      ["y.png", "b_t2.png"],
    ] as const;
    const told = expect.objectContaining({
      detail: expect.stringContaining("by the table none belong together") as string,
      hint: expect.stringMatching(/^Check the names in the table/) as string,
    });
    expect(() => pairImages(frames, { from: "T1", to: "T2", by: "table", table })).toThrow(told);
  });

  it("may be learned from unpaired", () => {
    expect(named(frames, { from: "t1", to: "t2", kind: "unpaired" })).toEqual([
      ["a_t1.png", null],
      [null, "b_t2.png"],
    ]);
  });
});

it("a rule finds images that came after it", () => {
  const rule = { by: "name", from: "t1", to: "t2" } as const;
  expect(framesOfSide([image(1, "new_t1.png"), image(1, "new_t2.png")], rule, "source")).toHaveLength(1);
});
