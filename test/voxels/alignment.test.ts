/**
 * @file Rigid and affine alignment on real slices of brains (test/fixtures/brain, Lesjak et al. 2017): T1 moved by a known map is brought back, and so is T2
 * onto T1, which are of one patient and lie on each other as they come.
 */
import { describe, expect, it } from "vitest";
import { alignPlanes, IDENTITY, movementOf, type Plane, transformOf } from "../../src-main/voxels/index.ts";
import { errorOf, moved, readBrain as read } from "./brain-slices.ts";

const patients = ["patient07_z060", "patient19_z070"];
const plane = { width: 182, height: 218, spacing: null };
/** Pixels right, down, and at the rim: turns by 6, -10 and 14 degrees. */
const movements = [
  [4, -7, 10.5],
  [-12, 9, -17.5],
  [22, -18, 24.5],
];

describe("rigid alignment", () => {
  for (const patient of patients) {
    it(`brings ${patient} back to a twentieth of a pixel, from as far as 28 pixels and 14 degrees`, async () => {
      const t1 = await read(`${patient}_t1.png`);
      for (const movement of movements) {
        const known = transformOf(movement, plane);
        const { transform, before, after } = alignPlanes([{ reference: t1, moving: moved(t1, known) }], "rigid")!;
        expect(errorOf(transform, known), movement.join()).toBeLessThan(0.05);
        expect(after).toBeGreaterThan(before + 0.3);
      }
    });

    it(`brings T2 of ${patient} onto T1 to two thirds of a pixel`, async () => {
      const [t1, t2] = [await read(`${patient}_t1.png`), await read(`${patient}_t2.png`)];
      for (const movement of movements) {
        const known = transformOf(movement, plane);
        const { transform } = alignPlanes([{ reference: t1, moving: moved(t2, known) }], "rigid")!;
        expect(errorOf(transform, known), movement.join()).toBeLessThan(0.67);
      }
    });
  }

  it("leaves what lies right where it lies", async () => {
    const t1 = await read(`${patients[0]!}_t1.png`);
    expect(alignPlanes([{ reference: t1, moving: t1 }], "rigid")!.transform).toEqual(IDENTITY);
    const t2 = await read(`${patients[0]!}_t2.png`);
    expect(errorOf(alignPlanes([{ reference: t1, moving: t2 }], "rigid")!.transform, IDENTITY)).toBeLessThan(0.5);
  });

  it("finds one map for slices that moved together, though one of them shows nothing", async () => {
    const known = transformOf([-6, 5, 8], plane);
    const slices = await Promise.all(
      patients.map(async (patient) => {
        const [t1, t2] = [await read(`${patient}_t1.png`), await read(`${patient}_t2.png`)];
        return { reference: t1, moving: moved(t2, known) };
      }),
    );
    const nothing = { ...plane, data: new Float32Array(182 * 218) };
    const found = alignPlanes([...slices, { reference: slices[0]!.reference, moving: nothing }], "rigid")!;
    expect(errorOf(found.transform, known)).toBeLessThan(0.67);
  });

  it("turns in millimeters where pixels are no squares", async () => {
    const { width, height, data } = await read(`${patients[0]!}_t1.png`);
    // Every second row: pixels of 1 by 2 mm.
    const halved = (full: Plane): Plane => ({
      width,
      height: height / 2,
      data: Float32Array.from({ length: (width * height) / 2 }, (_, at) => {
        const [column, row] = [at % width, 2 * Math.floor(at / width)];
        return (full.data[row * width + column]! + full.data[(row + 1) * width + column]!) / 2;
      }),
    });
    const known = transformOf([5, -4, 12], plane);
    const spacing = { x: 1, y: 2 };
    const reference = { width, height, data };
    const pair = { reference: halved(reference), moving: halved(moved(reference, known)) };
    const { transform } = alignPlanes([pair], "rigid", spacing)!;
    const { turn, shift, scales } = movementOf(transform, { width, height: height / 2, spacing });
    // The same turn, seen from the image that is moved.
    const back = movementOf(known, plane);
    expect(turn).toBeCloseTo(-back.turn, 2);
    expect(Math.hypot(shift.x, shift.y)).toBeCloseTo(Math.hypot(5, 4), 0);
    for (const scale of scales) expect(scale).toBeCloseTo(1, 6);
  });

  it("says that an image of one value cannot be aligned", async () => {
    const t1 = await read(`${patients[0]!}_t1.png`);
    expect(
      alignPlanes([{ reference: t1, moving: { ...t1, data: new Float32Array(t1.data.length) } }], "rigid"),
    ).toBeNull();
  });
});

it("affine alignment finds growth and shear as well, across contrasts to about a pixel", async () => {
  const [t1, t2] = [await read(`${patients[0]!}_t1.png`), await read(`${patients[0]!}_t2.png`)];
  const known = transformOf([4, -7, 10, 6, -5, 4], plane);
  const same = alignPlanes([{ reference: t1, moving: moved(t1, known) }], "affine")!;
  expect(errorOf(same.transform, known)).toBeLessThan(0.1);
  const other = alignPlanes([{ reference: t1, moving: moved(t2, known) }], "affine")!;
  expect(errorOf(other.transform, known)).toBeLessThan(1.2);
  // A rigid map leaves what it cannot do.
  const rigid = alignPlanes([{ reference: t1, moving: moved(t1, known) }], "rigid")!;
  expect(errorOf(rigid.transform, known)).toBeGreaterThan(3);
});
